"""What the ladder promises, worked out from what is stored, after every step that people or time have made."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis.stateful import invariant
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.dispute import OPEN_STATES, Dispute, DisputeEntry, DisputeEntryKind, DisputeState
from models.mediation import Mediation, MediationStage
from tests.rules.dispute_machine import DisputesInAllHands
from tests.support.county import POLICY

LADDER = POLICY.ladder
KIND = DisputeEntryKind
# A mediation that stands planned or was held on a case that is frozen, red or a key matter, or from a red lead.
WRONG = """
    SELECT mediation.id FROM mediation JOIN dispute ON dispute.id = mediation.dispute_id
    LEFT JOIN lead ON lead.id = dispute.lead_id
    WHERE dispute.colour = 'red' OR dispute.item = 'domestic_violence'
       OR (mediation.stage = 'planned' AND (dispute.state <> 'mediating' OR NOT coalesce(lead.mediable, true)))
"""


class Promises(DisputesInAllHands):
    """The machine, looked at after every step."""

    def __init__(self, template: Path, seen: Counter[str]) -> None:
        super().__init__(template, seen)
        self.written: list[tuple[Any, ...]] = []
        self.frozen: dict[int, int] = {}

    @invariant()
    def no_promise_is_broken(self) -> None:
        """One look at the database for all of them."""
        self.transact(self.look)

    async def look(self, session: AsyncSession) -> None:
        """Read everything, and check it."""
        disputes = (await session.execute(select(Dispute))).scalars().all()
        mediations = (await session.execute(select(Mediation))).scalars().all()
        entries = (await session.execute(select(DisputeEntry).order_by(col(DisputeEntry.id)))).scalars().all()
        assert not (await session.execute(text(WRONG))).all()
        self.history_only_grows(entries)
        for dispute in disputes:
            self.open_ones_have_an_owner_and_a_date(dispute)
            hers = [entry for entry in entries if entry.dispute_id == dispute.id]
            held = [one for one in mediations if one.dispute_id == dispute.id and one.stage is MediationStage.HELD]
            self.one_rung_has_it_and_tries_no_more_than_it_may(dispute, hers)
            self.nothing_follows_on_what_is_frozen(dispute, hers)
            assert [one.rung for one in held] == [entry.detail["rung"] for entry in hers if entry.kind is KIND.HELD]
            self.seen[f"state {dispute.state.value}"] += 1
            self.seen[f"rung {dispute.rung}"] += 1

    def history_only_grows(self, entries: Sequence[DisputeEntry]) -> None:
        """What was written stays as it is."""
        rows = [
            (entry.id, entry.dispute_id, entry.kind, entry.at, entry.by_id, repr(entry.detail)) for entry in entries
        ]
        assert rows[: len(self.written)] == self.written
        self.written = rows

    @staticmethod
    def open_ones_have_an_owner_and_a_date(dispute: Dispute) -> None:
        """And what is over has neither."""
        is_open = dispute.state in OPEN_STATES
        have = (dispute.owner_id, dispute.next_on, dispute.next_step, dispute.next_step_at)
        assert all((one is not None) is is_open for one in have)

    def one_rung_has_it_and_tries_no_more_than_it_may(self, dispute: Dispute, entries: list[DisputeEntry]) -> None:
        """By its history: the rung to which it came last has it, and everything else happened there."""
        tries: Counter[str] = Counter()
        broken: Counter[str] = Counter()
        rung, gave_back = "", list[str]()
        for entry in entries:
            detail = entry.detail
            if entry.kind is KIND.ARRIVED:
                self.comes(detail, rung, tries, broken)
                rung = detail["rung"]
            elif entry.kind is KIND.HELD:
                assert detail["rung"] == rung
                tries[rung] += detail["result"] == "failed"
            elif entry.kind is KIND.BROKEN:
                broken[rung] += 1
                tries[rung] += broken[rung] > 1
            elif entry.kind is KIND.GIVEN_BACK:
                gave_back.append(rung)
            assert not rung or tries[rung] <= LADDER[rung].tries
        assert rung == dispute.rung
        assert len(gave_back) == len(set(gave_back))
        assert dispute.tried.get(rung, 0) == tries[rung]
        assert dispute.state not in OPEN_STATES or tries[rung] < LADDER[rung].tries

    @staticmethod
    def comes(detail: dict[str, Any], before: str, tries: Counter[str], broken: Counter[str]) -> None:
        """It comes to a rung: up, or back, or again to the same one."""
        rung, why = detail["rung"], detail["why"]
        if before:
            up = LADDER.place(rung) - LADDER.place(before)
            assert up < 0 if why == "given_back" else up == 0 if why == "reopened" else up > 0
        if why == "reopened" and tries[rung] >= LADDER[rung].tries:
            tries[rung] = 0
        elif why not in {"reopened", "given_back"}:
            tries[rung] = broken[rung] = 0

    def nothing_follows_on_what_is_frozen(self, dispute: Dispute, entries: list[DisputeEntry]) -> None:
        """For good, and no mediation after it."""
        last = [entry.id for entry in entries if entry.kind is KIND.FROZEN]
        assert bool(last) is (dispute.state is DisputeState.FROZEN)
        after = [entry.kind for entry in entries if last and entry.id > last[0]]
        assert not set(after) & {KIND.PLANNED, KIND.HELD, KIND.ARRIVED, KIND.ACCEPTED, KIND.REOPENED}
