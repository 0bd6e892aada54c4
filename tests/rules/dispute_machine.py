"""Disputes in all hands: a machine that lets people do whatever they may, on a real database, through the use-cases."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, initialize, multiple, rule
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.rules.agreements import FollowUpResult
from domain.usecases.attempts import AttemptFacts, record_attempt
from domain.usecases.dispute_absent import owned_by_somebody_gone
from domain.usecases.dispute_accepting import accept_dispute
from domain.usecases.dispute_closing import ask_dispute_closing, close_dispute, send_dispute_back
from domain.usecases.dispute_due import audit_disputes, move_disputes, replace_absent
from domain.usecases.dispute_follow_ups import follow_up
from domain.usecases.dispute_freezing import disclose_in_dispute
from domain.usecases.dispute_passing import give_back, pass_up
from domain.usecases.dispute_recusal import recuse
from domain.usecases.dispute_reopening import reopen_dispute
from domain.usecases.mediations import PlanFacts, plan_mediation
from domain.usecases.recolouring import disclose_violence
from models.dispute import Dispute, DisputeKind
from models.lead import Colour, Lead
from models.mediation import AttemptResult, MediationMethod
from models.member import Appointment, Leave, Member
from tests.rules.dispute_hands import RUNGS, SECONDS, Act, Hands
from tests.rules.handling_machine import facts, report
from tests.support.county import HEAD, INSTRUCTOR, POLICY, WORKER
from tests.support.ladder import GROUP_WORKER, add_ladder_rows

PEOPLE = (*RUNGS, INSTRUCTOR, WORKER)
ITEMS = ("neighbours", "debt", "domestic_violence")
ANY = st.sampled_from(PEOPLE)
RESULTS = st.lists(
    st.sampled_from([*[AttemptResult.FAILED] * 5, AttemptResult.AGREED, *AttemptResult]), min_size=1, max_size=5
)


class DisputesInAllHands(Hands):
    """Disputes of a grid with all five rungs above it."""

    disputes: Bundle[int] = Bundle("disputes")

    @initialize(target=disputes)
    def a_county(self) -> MultipleResults[int]:
        """With all five rungs, a first dispute on the lowest, and one that came from a lead."""
        self.transact(lambda session: add_ladder_rows(session, now=self.now, policy=POLICY))
        self.lead = self.transact(lambda session: report(session, facts("debt"), "lead", self.now)).id
        return multiple(self.registers(GROUP_WORKER, "neighbours"), self.registers(HEAD, "debt", lead_id=self.lead))

    @rule(number=disputes, by=st.sampled_from(SECONDS), it_is=st.sampled_from([False] * 7 + [True]))
    def its_lead_becomes_red(self, number: int, by: int, *, it_is: bool) -> None:
        """The lead from which the second dispute came: that one is frozen with it."""
        if it_is:
            self.act(by, number, "lead became red", self.disclose)

    async def disclose(self, session: AsyncSession, actor: Actor, _dispute: Dispute) -> None:
        """Violence in the matter of the lead."""
        seen = (await session.get_one(Lead, self.lead)).rev
        await disclose_violence(
            session, actor=actor, lead_id=self.lead, seen=seen, body="x", now=self.now, policy=POLICY
        )

    @rule(by=ANY, item=st.sampled_from(ITEMS), raised_to=st.none() | st.sampled_from(Colour))
    def something_else_is_registered(self, by: int, item: str, raised_to: Colour | None) -> None:
        """Which nobody works on: the clock alone moves it."""
        self.registers(by, item, raised_to, DisputeKind.COUNSELLING if by == HEAD else DisputeKind.DISPUTE)

    @rule(number=disputes, results=RESULTS, days=st.integers(0, 3))
    def is_mediated(self, number: int, results: list[AttemptResult], days: int) -> None:
        """Planned or not, by whoever has it by then, whatever comes of it."""
        for result in results:
            self.by_its_rung(number, "accepted", lambda session, actor, dispute: accept_dispute(
                session, actor=actor, dispute_id=dispute.id, now=self.now, policy=POLICY
            ))  # fmt: skip
            if days:
                self.is_planned(number, days)
            self.by_its_rung(number, f"held {result.value}", self.attempt(result))

    def attempt(self, result: AttemptResult) -> Act:
        """An attempt of today with this result."""
        facts = AttemptFacts(result, POLICY.today(self.now), MediationMethod.TOGETHER, "x")
        return lambda session, actor, dispute: record_attempt(
            session, actor=actor, dispute_id=dispute.id, facts=facts, conversation_id=self.conversation(), now=self.now,
            policy=POLICY,
        )  # fmt: skip

    def is_planned(self, number: int, days: int) -> None:
        """By whoever leads it then."""
        self.by_its_rung(number, "planned", lambda session, actor, dispute: plan_mediation(
            session, actor=actor, dispute_id=dispute.id, facts=PlanFacts(self.now + timedelta(days), actor.member_id),
            conversation_id=self.conversation(), now=self.now, policy=POLICY,
        ))  # fmt: skip

    @rule(number=disputes, by=ANY, result=st.sampled_from(AttemptResult))
    def somebody_records_an_attempt(self, number: int, by: int, result: AttemptResult) -> None:
        """Also when it is none of hers, or not hers any more."""
        self.act(by, number, "recorded", self.attempt(result))

    @rule(number=disputes, times=st.integers(1, 4))
    def is_agreed_on_and_broken(self, number: int, times: int) -> None:
        """Again and again: the first time of a rung is free."""
        for _ in range(times):
            self.is_mediated(number, [AttemptResult.AGREED], 0)
            self.is_followed_up(number, FollowUpResult.BROKEN, after=False)

    @rule(number=disputes)
    def is_passed_up(self, number: int) -> None:
        """ "Beyond me"."""
        self.by_its_rung(number, "passed up", lambda session, actor, dispute: pass_up(
            session, actor=actor, dispute_id=dispute.id, seen=dispute.rev, reason="x", now=self.now, policy=POLICY
        ))  # fmt: skip

    @rule(number=disputes)
    def is_given_back(self, number: int) -> None:
        """By whoever has it, if she may."""
        self.by_its_rung(number, "given back", lambda session, actor, dispute: give_back(
            session, actor=actor, dispute_id=dispute.id, seen=dispute.rev, reason="x", now=self.now, policy=POLICY
        ))  # fmt: skip

    @rule(number=disputes, result=st.sampled_from([*FollowUpResult, FollowUpResult.BROKEN]), after=st.booleans())
    def is_followed_up(self, number: int, result: FollowUpResult, *, after: bool) -> None:
        """On its day, or before."""
        if after:
            self.days_pass([30])
        self.by_its_rung(number, f"follow-up {result.value}", lambda session, actor, dispute: follow_up(
            session, actor=actor, dispute_id=dispute.id, seen=dispute.rev, result=result, body="x", now=self.now,
            policy=POLICY,
        ))  # fmt: skip

    @rule(number=disputes, closed=st.sampled_from([False, True, True]))
    def is_closed(self, number: int, *, closed: bool) -> None:
        """One asks; a second person decides."""
        self.by_its_rung(number, "closing asked", lambda session, actor, dispute: ask_dispute_closing(
            session, actor=actor, dispute_id=dispute.id, seen=dispute.rev, body="x", now=self.now, policy=POLICY
        ))  # fmt: skip
        decide = close_dispute if closed else send_dispute_back
        self.by_a_second(number, decide.__name__, lambda session, actor, dispute: decide(
            session, actor=actor, dispute_id=dispute.id, seen=dispute.rev, body="x", now=self.now, policy=POLICY
        ))  # fmt: skip

    @rule(number=disputes)
    def is_reopened(self, number: int) -> None:
        """By whoever may close one."""
        self.by_a_second(number, "reopened", lambda session, actor, dispute: reopen_dispute(
            session, actor=actor, dispute_id=dispute.id, seen=dispute.rev, body="x", now=self.now, policy=POLICY
        ))  # fmt: skip

    @rule(number=disputes, by=ANY, it_is=st.sampled_from([False] * 7 + [True]))
    def violence_is_disclosed(self, number: int, by: int, *, it_is: bool) -> None:
        """Whoever may read it may say so."""
        if it_is:
            self.act(by, number, "frozen", lambda session, actor, dispute: disclose_in_dispute(
                session, actor=actor, dispute_id=dispute.id, body=None, conversation_id=self.conversation(),
                now=self.now, policy=POLICY,
            ))  # fmt: skip

    @rule(number=disputes, by=st.sampled_from(RUNGS))
    def somebody_stands_back(self, number: int, by: int) -> None:
        """回避."""
        self.act(by, number, "stood back", lambda session, actor, dispute: recuse(
            session, actor=actor, dispute_id=dispute.id, member_id=actor.member_id, reason=None, now=self.now,
            policy=POLICY,
        ))  # fmt: skip

    @rule(who=st.sampled_from(RUNGS), how=st.sampled_from(["leaves", "leave", "frozen", "unreachable", *["back"] * 4]))
    def somebody_is_gone(self, who: int, how: str) -> None:
        """For good, for some days, or by a lost telephone; or she is back."""
        today = POLICY.today(self.now)
        self.seen[f"gone: {how}"] += 1

        async def one(session: AsyncSession) -> None:
            member = (await session.execute(select(Member).where(col(Member.telegram_id) == who))).scalar_one()
            hers = update(Appointment).where(col(Appointment.member_id) == member.id)
            if how == "leaves":
                await session.execute(hers.values(ends_on=today))
            elif how == "leave":
                ends_on = today + timedelta(days=5)
                session.add(Leave(member_id=member.id, starts_on=today, ends_on=ends_on, noted_at=self.now))
            else:
                member.frozen_at = self.now if how == "frozen" else None
                member.unreachable_since = self.now if how == "unreachable" else None
                await session.execute(hers.values(ends_on=None))

        self.transact(one)

    async def _finds_owners(self, session: AsyncSession) -> int:
        gone = await owned_by_somebody_gone(session, now=self.now, policy=POLICY)
        return await replace_absent(session, gone, now=self.now, policy=POLICY)

    @rule(days=st.sampled_from([[1], [1, 3], [3, 3, 3], [10, 5, 15], [40]]))
    def days_pass(self, days: list[int]) -> None:
        """The program does what is due, also after a standstill; then nothing is left for the proof to put right."""
        for some in days:
            self.now += timedelta(days=some)
            self.transact(self._finds_owners)
            while self.transact(lambda session: move_disputes(session, now=self.now, policy=POLICY, limit=50)):
                self.seen["moved"] += 1
        assert not self.transact(lambda session: audit_disputes(session, now=self.now, policy=POLICY))
