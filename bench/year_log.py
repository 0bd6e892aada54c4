"""What the history of disputes says, told by nothing but its entries: the check of the year's replay.

It knows neither the ladder's rules nor the use-cases: an entry says what it did. What comes out is compared with the
disputes as they are stored, with their mediations, and with their agreements.
"""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.rules.policy import Policy
from domain.usecases.dispute_due import STEPS
from models.dispute import OPEN_STATES, Dispute, DisputeEntry, DisputeEntryKind, DisputeState
from models.mediation import Agreement, Mediation, MediationStage

_PAGE = 5_000
_KEEPS_ITS_STATE = ("agreed", "closing")


@dataclass(slots=True)
class Told:
    """One dispute as its entries tell it."""

    state: str = ""
    rung: str = ""
    outcome: str | None = None
    owner: int | None = None
    tried: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    follow_ups: int = 0
    before: str = ""
    planned: int | None = None
    held: int = 0
    agreements: int = 0

    def hear(self, entry: DisputeEntry, tries: int) -> None:
        """The next entry; `tries` are those that a rung has."""
        step = getattr(self, f"_{entry.kind.value}", None)
        if step is not None:
            step(entry.detail, entry.by_id, tries)

    def _arrived(self, detail: dict[str, Any], _by: int | None, tries: int) -> None:
        why, rung = detail["why"], detail["rung"]
        self.rung, self.owner, self.planned = rung, detail["owner"], None
        used_up = why == "reopened" and self.tried[rung] >= tries
        if why not in ("given_back", "reopened") or used_up:
            self.tried[rung] = 0
        if why not in ("given_back", "reopened"):
            self.broken[rung] = 0
        if why != "nobody_left" or self.state not in _KEEPS_ITS_STATE:
            self.state, self.outcome, self.follow_ups = "registered", None, 0

    def _accepted(self, _detail: dict[str, Any], by: int | None, _tries: int) -> None:
        self.state, self.owner = "mediating", by

    def _owner(self, detail: dict[str, Any], _by: int | None, _tries: int) -> None:
        self.owner = detail["owner"]

    def _planned(self, detail: dict[str, Any], _by: int | None, _tries: int) -> None:
        self.planned = detail["mediation"]

    def _cancelled(self, _detail: dict[str, Any], _by: int | None, _tries: int) -> None:
        self.planned = None

    def _held(self, detail: dict[str, Any], _by: int | None, _tries: int) -> None:
        self.held += 1
        if self.planned == detail["mediation"]:
            self.planned = None
        if detail["result"] == "failed":
            self.tried[detail["rung"]] += 1

    def _agreed(self, _detail: dict[str, Any], _by: int | None, _tries: int) -> None:
        self.state, self.follow_ups = "agreed", 0
        self.agreements += 1

    def _followed_up(self, detail: dict[str, Any], _by: int | None, _tries: int) -> None:
        self.follow_ups = min(self.follow_ups + bool(detail["counted"]), 2)

    def _broken(self, _detail: dict[str, Any], _by: int | None, _tries: int) -> None:
        # ADR 0009: the first one that is broken on a rung costs no try.
        self.broken[self.rung] += 1
        self.tried[self.rung] += self.broken[self.rung] > 1
        self.state, self.follow_ups = "mediating", 0

    def _closing(self, detail: dict[str, Any], _by: int | None, _tries: int) -> None:
        self.state, self.before = "closing", detail["before"]

    def _not_closed(self, _detail: dict[str, Any], _by: int | None, _tries: int) -> None:
        self.state = self.before

    def _closed(self, detail: dict[str, Any], _by: int | None, _tries: int) -> None:
        self.state, self.outcome, self.owner = "closed", detail["outcome"], None

    def _ended(self, detail: dict[str, Any], _by: int | None, _tries: int) -> None:
        self.state, self.outcome, self.owner = "ended", detail["outcome"], None

    def _frozen(self, _detail: dict[str, Any], _by: int | None, _tries: int) -> None:
        self.state, self.outcome, self.owner = "frozen", None, None


@dataclass(frozen=True, slots=True)
class Checked:
    """What the log says of the year, and how much of it is otherwise in the tables."""

    entries: int
    kinds: Counter[str]
    endings: Counter[str]
    agreed_on: Counter[str]
    mismatches: list[str]
    orphans: list[str]


async def check(session: AsyncSession, *, now: datetime, policy: Policy) -> Checked:
    """Tell every dispute anew from its entries, and compare."""
    told: dict[int, Told] = {}
    kinds: Counter[str] = Counter()
    agreed_on: Counter[str] = Counter()
    async for entry in _all_entries(session):
        one = told.setdefault(entry.dispute_id, Told())
        tries = policy.ladder[one.rung].tries if one.rung else 0
        one.hear(entry, tries)
        kinds[entry.kind.value] += 1
        if entry.kind is DisputeEntryKind.AGREED:
            agreed_on[one.rung] += 1
    disputes = list((await session.execute(select(Dispute))).scalars())
    plans = await _by_dispute(session, MediationStage.PLANNED)
    held = await _by_dispute(session, MediationStage.HELD)
    agreements = await _agreements(session)
    mismatches, orphans = [], []
    for dispute in disputes:
        one = told.pop(dispute.id, Told())
        stored = (
            dispute.state.value, dispute.rung, dispute.outcome and dispute.outcome.value, dispute.owner_id,
            {rung: tries for rung, tries in dispute.tried.items() if tries},
            {rung: times for rung, times in dispute.broken.items() if times},
            dispute.follow_ups_done, plans[dispute.id], held[dispute.id], agreements[dispute.id],
        )  # fmt: skip
        said = (
            one.state, one.rung, one.outcome, one.owner, dict(+one.tried), dict(+one.broken), one.follow_ups,
            int(one.planned is not None), one.held, one.agreements,
        )  # fmt: skip
        if stored != said:
            mismatches.append(f"{dispute.code}: stored {stored}, told {said}")
        if _is_orphan(dispute, plans[dispute.id], now):
            orphans.append(f"{dispute.code}: {dispute.state.value}, next {dispute.next_step} {dispute.next_step_at}")
    orphans += [f"entries of a dispute {number} that is not there" for number in told]
    endings = Counter(dispute.outcome.value if dispute.outcome else dispute.state.value for dispute in disputes)
    return Checked(kinds.total(), kinds, endings, agreed_on, mismatches, orphans)


async def _all_entries(session: AsyncSession) -> AsyncIterator[DisputeEntry]:
    """By pages, in the order in which they were written."""
    after = 0
    while True:
        query = select(DisputeEntry).where(col(DisputeEntry.id) > after).order_by(col(DisputeEntry.id)).limit(_PAGE)
        page = (await session.execute(query)).scalars().all()
        for entry in page:
            yield entry
        if len(page) < _PAGE:
            return
        after = page[-1].id
        session.expunge_all()


def otherwise(done: Counter[str], kinds: Counter[str]) -> list[str]:
    """Where the entries do not tell what the people say they did."""
    held = sum(times for what, times in done.items() if what.startswith("held:"))
    followed = sum(times for what, times in done.items() if what.startswith("followed_up:"))
    pairs = {
        "registered": done["registered"], "accepted": done["accepted"], "planned": done["planned"], "held": held,
        "agreed": done["held:agreed"], "passed_up": done["passed_up"], "given_back": done["given_back"],
        "recused": done["recused"], "followed_up": followed, "broken": done["followed_up:broken"],
        "closing": done["closing"], "not_closed": done["not_closed"], "closed": done["closed"],
        "frozen": done["frozen"],
    }  # fmt: skip
    return [f"{kind}: {times} done, {kinds[kind]} told" for kind, times in pairs.items() if kinds[kind] != times]


def _is_orphan(dispute: Dispute, plans: int, now: datetime) -> bool:
    """Nobody has it, nothing will ever happen to it, or something is planned for it that must not be."""
    if dispute.state not in OPEN_STATES:
        return plans > 0 or dispute.owner_id is not None
    late = dispute.next_step_at is None or dispute.next_step_at <= now
    steps = STEPS[dispute.state]
    misplanned = plans > 0 and dispute.state is not DisputeState.MEDIATING
    return late or misplanned or dispute.owner_id is None or dispute.next_step not in steps


async def _by_dispute(session: AsyncSession, stage: MediationStage) -> Counter[int]:
    query = select(col(Mediation.dispute_id), func.count()).where(col(Mediation.stage) == stage)
    rows = (await session.execute(query.group_by(col(Mediation.dispute_id)))).all()
    return Counter({row[0]: row[1] for row in rows})


async def _agreements(session: AsyncSession) -> Counter[int]:
    query = select(col(Agreement.dispute_id), func.count()).group_by(col(Agreement.dispute_id))
    return Counter({row[0]: row[1] for row in (await session.execute(query)).all()})
