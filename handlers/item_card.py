"""The card of an agenda item: its words, how far it is, and what she may do with it now (spec 5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.council_access import Standing
from domain.usecases.item_cards import ItemCase, read_item
from handlers.item_buttons import buttons_of_item
from handlers.scene import Scene
from handlers.turn import Turn, pressed_number
from models.agenda import ItemEvent, ItemSource, ItemState, Urgency
from models.ballot import BallotOutcome, BallotState
from models.project import ProjectState

SHOWN_MERGED, SHOWN_BALLOTS = 6, 4


@dataclass(frozen=True, slots=True)
class ItemCard:
    """An item as whoever may open it sees it. `proposer` is empty where her name is not to be known.

    `said` is what came with the last question or reason; a vote is its day, whether it was secret, its state and what
    it decided.
    """

    code: str
    council: str
    title: str
    body: str
    urgency: Urgency
    state: ItemState
    since: date
    source: ItemSource
    proposer: str
    mine: bool
    proposed_on: date
    invited: bool
    said_with: ItemEvent | None
    said: str
    opinions: int
    files: int
    guests: int
    merged: tuple[tuple[str, str], ...]  # code and title
    more_merged: int
    into: str
    into_title: str
    into_state: ItemState | None
    ballots: tuple[tuple[date, bool, BallotState, BallotOutcome | None], ...]
    project: ProjectState | None
    project_due: date | None


async def show_item(turn: Turn, args: Sequence[str]) -> None:
    """The press `item:show:<item>`: its card as a new message. Raises RefusedError(NOT_YOURS)."""
    turn.press_answered_apart()
    await put_item(turn, pressed_number(args) or 0)


async def put_item(turn: Turn, item_id: int) -> None:
    """Its card, in place of the message whose button was pressed. Raises RefusedError(NOT_YOURS)."""
    case = await read_item(turn.scene.session, actor=turn.actor, item_id=item_id)
    turn.show(_card(case, turn.scene), buttons_of_item(case, turn))


def _card(case: ItemCase, scene: Scene) -> ItemCard:
    item, policy, into = case.sight.item, scene.policy, case.into
    return ItemCard(
        code=item.code,
        council=case.sight.council.name,
        title=item.title,
        body=item.body,
        urgency=item.urgency,
        state=item.state,
        since=policy.today(item.changed_at),
        source=item.source,
        proposer=case.proposer,
        mine=case.own,
        proposed_on=policy.today(item.proposed_at),
        invited=case.sight.standing is Standing.GUEST,
        said_with=case.said.kind if case.said else None,
        said=(case.said.body or "") if case.said else "",
        opinions=case.opinions,
        files=case.files,
        guests=case.guests,
        merged=tuple((one.code, one.title) for one in case.merged[:SHOWN_MERGED]),
        more_merged=max(0, len(case.merged) - SHOWN_MERGED),
        into=into.code if into else "",
        into_title=into.title if into else "",
        into_state=into.state if into else None,
        ballots=tuple(
            (policy.today(one.opened_at), one.secret, one.state, one.outcome) for one in case.ballots[:SHOWN_BALLOTS]
        ),
        project=case.project.state if case.project else None,
        project_due=case.project.due_on if case.project else None,
    )
