"""A women's council as its members and those who oversee it see it: how it stands, what waits, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.channel import Button
from domain.council_access import (
    NOTICES_NEEDS,
    OVERSEES_COUNCILS,
    SEES_COUNCILS,
    SITS_IN_COUNCIL,
    CouncilSight,
    Standing,
    council_for,
    councils_of,
)
from domain.refusals import Reason, RefusedError
from domain.rules.ballot import needed_to_vote
from domain.usecases.ballot_log import council_rules
from domain.usecases.ballot_reading import waiting_ballots
from domain.usecases.council_now import CouncilNow, council_now
from domain.usecases.councils import areas_to_begin, council_of_area
from handlers.flow import Rows
from handlers.scene import Scene
from handlers.shortened import short_name
from handlers.talking import NotForRole
from handlers.today import page_turn
from handlers.turn import Turn, pressed_number
from messages.render import label
from models.agenda import ItemState
from models.council import GroupState, Majority

PAGE = 8
_WAITING = (ItemState.PROPOSED, ItemState.ASKED)
_AGENDA = (ItemState.ACCEPTED, ItemState.DISCUSSING)


@dataclass(frozen=True, slots=True)
class CouncilCard:
    """How a council stands today. `needed` of its `members` must vote, as long as nobody of X is invited."""

    name: str
    area: str
    alliance: str
    standing: Standing
    members: int
    chairs: tuple[str, ...]
    group: GroupState | None
    waiting: int
    agenda: int
    voting: int
    projects: int
    late: int
    meeting_on: date | None
    meeting_at: datetime | None
    handled: bool
    quorum: str
    needed: int
    majority: Majority
    abstain_counts: bool
    secret: bool


@dataclass(frozen=True, slots=True)
class CouncilNotBegun:
    """She sits in councils whose chair has not opened them here yet."""

    areas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BesideCouncil:
    """She has no seat: what she can do all the same. `proposes`: needs that she notices on her way."""

    proposes: bool


@dataclass(frozen=True, slots=True)
class CouncilList:
    """The councils she sits in or oversees; each is a button."""

    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class NoCouncils:
    """None of the places she looks after has one yet."""


async def councils(turn: Turn, _rest: str) -> None:
    """/council: her council's card as a new message; the list, when there are several."""
    turn.press_answered_apart()
    if not turn.actor.has_role(SITS_IN_COUNCIL | OVERSEES_COUNCILS):
        _beside(turn)
        return
    waiting = await _begin_hers(turn.scene)
    sights = await councils_of(turn.scene.session, turn.actor)
    if len(sights) == 1:
        await _show(turn, sights[0])
    elif sights:
        _list(turn, sights, 0)
    elif waiting:
        turn.show(CouncilNotBegun(tuple(waiting)))
    else:
        turn.show(NoCouncils())


def _beside(turn: Turn) -> None:
    """For somebody without a seat: whoever works in the neighbourhood may propose, whoever is invited takes part."""
    if not turn.actor.has_role(SEES_COUNCILS):
        turn.show(NotForRole())
        return
    proposes = turn.actor.has_role(NOTICES_NEEDS)
    rows = [[("own_items", "menu:proposals"), ("own_projects", "proj:mine:0")], [("votes_for_me", "votes:new")]]
    if proposes:
        rows.insert(0, [("propose_item", "menu:propose")])
    turn.show(BesideCouncil(proposes), turn.rows(rows))


async def _begin_hers(scene: Scene) -> list[str]:
    """Found the councils whose chair she is; the areas of the others in which she sits and which have none yet."""
    waiting = []
    for area_id, name, chairs in await areas_to_begin(scene.session, scene.actor):
        if chairs:
            named = label("name", scene.actor.locale, "council").format(area=name)
            await council_of_area(scene.session, actor=scene.actor, area_id=area_id, name=named, now=scene.now)
        else:
            waiting.append(name)
    return waiting


async def show_council(turn: Turn, args: Sequence[str]) -> None:
    """The press `co:show:<council>`: its card, as a new message. Raises RefusedError(NOT_YOURS)."""
    turn.press_answered_apart()
    await _show(turn, await council_for(turn.scene.session, turn.actor, pressed_number(args) or 0))


async def list_councils(turn: Turn, args: Sequence[str]) -> None:
    """The press `co:list:<page>`. Raises RefusedError(NOT_YOURS) when no council is hers to see."""
    sights = await councils_of(turn.scene.session, turn.actor)
    if not sights:
        raise RefusedError(Reason.NOT_YOURS)
    _list(turn, sights, pressed_number(args) or 0)


def _list(turn: Turn, sights: Sequence[CouncilSight], page: int) -> None:
    pages = max(1, -(-len(sights) // PAGE))
    page = min(page, pages - 1)
    shown = sights[page * PAGE : (page + 1) * PAGE]
    rows = tuple((Button(short_name(one.council.name), f"co:show:{one.council.id}"),) for one in shown)
    turn.show(CouncilList(len(sights), page + 1, pages), (*rows, *page_turn(turn, "co:list", page, pages)))


async def _show(turn: Turn, sight: CouncilSight) -> None:
    scene = turn.scene
    stands = await council_now(scene.session, sight, now=scene.now, policy=scene.policy)
    ballots = await waiting_ballots(scene.session, scene.actor.member_id, scene.now)
    votes = sum(one.ballot.council_id == sight.council.id and not one.voted for one in ballots)
    turn.show(_card(sight, stands, scene), _buttons(turn, sight, votes))


def _card(sight: CouncilSight, stands: CouncilNow, scene: Scene) -> CouncilCard:
    council, meeting = sight.council, stands.meeting
    planned_at = meeting.planned_at.astimezone(scene.policy.zone) if meeting else None
    return CouncilCard(
        name=council.name,
        area=sight.area.name,
        alliance=council.alliance or "",
        standing=sight.standing,
        members=stands.members,
        chairs=stands.chairs,
        group=stands.group,
        waiting=sum(stands.items.get(state, 0) for state in _WAITING),
        agenda=sum(stands.items.get(state, 0) for state in _AGENDA),
        voting=stands.open_ballots,
        projects=stands.projects,
        late=stands.late,
        meeting_on=planned_at.date() if planned_at else None,
        meeting_at=planned_at,
        handled=stands.handled,
        quorum=f"{council.quorum_num}/{council.quorum_den}",
        needed=needed_to_vote(stands.members, council_rules(council)),
        majority=council.majority,
        abstain_counts=council.abstain_counts,
        secret=council.secret,
    )


def _buttons(turn: Turn, sight: CouncilSight, votes: int) -> Rows:
    """What she may do here: what waits for her first."""
    number = sight.council.id
    first: list[tuple[Button, ...]] = []
    if votes:
        first.append((Button(f"{label('votes_for_me', turn.locale)} {votes}", "votes:new"),))
    rows = [[("council_items", f"co:items:{number}"), ("council_projects", f"co:projects:{number}")]]
    rows.append([("council_meetings", f"co:meetings:{number}"), ("council_year", f"co:year:{number}")])
    if sight.sits:
        rows.insert(0, [("propose_item", f"co:propose:{number}"), ("own_projects", "proj:mine:0")])
    if sight.leads:
        rows.append([("council_settings", f"co:settings:{number}"), ("bind_group", f"co:bind:{number}")])
    return (*first, *turn.rows(rows))
