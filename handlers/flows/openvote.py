"""Putting an agenda item to the vote (发起表决): open or secret, until when; who may vote is fixed with it (spec 5).

An urgent or a small matter has its usual deadline, and every council its usual kind of vote: then the form begins with
its summary, and only what is to be different is asked.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.council_access import ItemSight, hold_item, led_item
from domain.refusals import Reason, RefusedError
from domain.rules.ballot import HOURS, needed_to_vote
from domain.usecases.ballot_log import council_rules
from domain.usecases.ballot_opening import electorate_now, may_be_opened, open_ballot
from domain.usecases.ballot_reading import has_group
from handlers.deadline_question import HOUR, Deadline, ends_at, lasting
from handlers.flow import Finished, Flow, Step
from handlers.flows.cosettings import UsualKind
from handlers.item_pick import ItemPick
from handlers.questions import Answers, Choice, Confirm, Facts
from handlers.scene import Scene
from models.agenda import Urgency
from models.council import Majority
from models.member import Role


@dataclass(frozen=True, slots=True)
class AskVoteKind:
    """Open or secret? A secret ballot can never be made open, and its votes are final."""

    title: str


@dataclass(frozen=True, slots=True)
class AskDeadline:
    """Until when?"""

    title: str
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class OpenVoteSummary:
    """The vote before it begins: who may vote, how many must, until when; nothing of it can be changed afterwards but
    the deadline. `by_night`: it is over before the quiet hours are, so people are asked in the middle of them.
    """

    title: str
    code: str
    kind: UsualKind
    minutes: int
    closes_at: datetime | None
    standing: int
    invited: int
    electorate: int
    needed: int
    majority: Majority
    abstain_counts: bool
    grouped: bool
    by_night: bool


@dataclass(frozen=True, slots=True)
class VoteOpened:
    """It is open: where people vote, and until when."""

    title: str
    code: str
    closes_at: datetime
    grouped: bool


async def _load(scene: Scene, item_id: int) -> tuple[ItemSight, dict[str, Any]]:
    sight = await may_be_opened(scene.session, actor=scene.actor, item_id=item_id)
    item, council = sight.item, sight.council
    standing, invited = await electorate_now(scene.session, item, council, scene.now, scene.policy)
    return sight, {
        "council_rev": council.rev,
        "electors": [*standing, *invited],
        "standing": len(standing),
        "invited": len(invited),
        "needed": needed_to_vote(len(standing) + len(invited), council_rules(council)),
        "majority": council.majority.value,
        "abstain_counts": council.abstain_counts,
        "secret": council.secret,
        "grouped": await has_group(scene.session, council.id),
        "now": scene.now.isoformat(),
        "morning": scene.policy.after_quiet(scene.now).isoformat(),
    }


_PICK = ItemPick(_load)


def _usual_kind(_answers: Answers, facts: Facts) -> str:
    return (UsualKind.SECRET if facts["secret"] else UsualKind.OPEN).value


def _usual_deadline(_answers: Answers, facts: Facts) -> str:
    return f"m{HOURS.get(Urgency(facts['urgency']), 0) * HOUR}"


def _has_usual_deadline(_answers: Answers, facts: Facts) -> bool:
    return Urgency(facts["urgency"]) in HOURS


def _ends_by_night(answers: Answers, facts: Facts) -> bool:
    now, morning = datetime.fromisoformat(facts["now"]), datetime.fromisoformat(facts["morning"])
    return now < morning and ends_at(answers["deadline"], now) <= morning


def _summary(answers: Answers, facts: Facts) -> OpenVoteSummary:
    minutes = lasting(answers["deadline"])
    return OpenVoteSummary(
        title=facts["title"],
        code=facts["code"],
        kind=UsualKind(answers["kind"]),
        minutes=minutes or 0,
        closes_at=None if minutes is not None else datetime.fromisoformat(answers["deadline"]),
        standing=facts["standing"],
        invited=facts["invited"],
        electorate=facts["standing"] + facts["invited"],
        needed=facts["needed"],
        majority=Majority(facts["majority"]),
        abstain_counts=facts["abstain_counts"],
        grouped=facts["grouped"],
        by_night=_ends_by_night(answers, facts),
    )


async def _finish(scene: Scene, answers: Answers, facts: Facts, ending: str) -> Finished:
    await _as_the_chair_saw_it(scene, answers, facts)
    ballot = await open_ballot(
        scene.session,
        actor=scene.actor,
        item_id=answers["item"],
        secret=answers["kind"] == UsualKind.SECRET,
        closes_at=ends_at(answers["deadline"], scene.now),
        conversation_id=ending,
        now=scene.now,
        token=scene.token,
        policy=scene.policy,
    )
    view = VoteOpened(facts["title"], facts["code"], ballot.closes_at.astimezone(scene.policy.zone), facts["grouped"])
    return Finished(view, [[("open_paper", f"vote:paper:{ballot.id}"), ("ballot_board", f"vote:board:{ballot.id}")]])


async def _as_the_chair_saw_it(scene: Scene, answers: Answers, facts: Facts) -> None:
    """Raises RefusedError(CHANGED_MEANWHILE) when other words, rules or people would be voted on than she has seen."""
    sight = await led_item(scene.session, scene.actor, answers["item"])
    await hold_item(scene.session, sight.item)
    standing, invited = await electorate_now(scene.session, sight.item, sight.council, scene.now, scene.policy)
    seen = (facts["rev"], facts["council_rev"], facts["electors"], facts["standing"])
    if (sight.item.rev, sight.council.rev, [*standing, *invited], len(standing)) != seen:
        raise RefusedError(Reason.CHANGED_MEANWHILE)


OPENVOTE = Flow(
    name="openvote",
    version=1,
    roles=frozenset({Role.COUNCIL_CHAIR}),
    steps=(
        _PICK.step,
        Step("kind", lambda _a, f: AskVoteKind(f["title"]), Choice(UsualKind, columns=1), default=_usual_kind),
        Step(
            "deadline",
            lambda _a, f: AskDeadline(f["title"], Urgency(f["urgency"])),
            Deadline(),
            default=_usual_deadline,
            default_when=_has_usual_deadline,
        ),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
