"""What is over for long enough goes, whole; what is open or held stays; of ballots and records the counts stay."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlmodel import SQLModel, col

from domain.refusals import RefusedError
from domain.rules.retention import Entity, RetentionRule, shipped_retention
from domain.usecases.forgetting import LINKS, count_expired, forget_batch, pointing_at
from domain.usecases.holds import holds, lift_hold, place_hold
from domain.usecases.record_facts import (
    RecordFacts,
    RecordItem,
    RecordOpinion,
    RecordPeople,
    RecordProject,
    from_json,
    to_json,
)
from messages.pseudonym import former_name
from models.agenda import ItemSource, ItemState, Urgency
from models.ballot import Ballot
from models.dispute import Dispute, DisputeState
from models.erasing import Erasure
from models.lead import Lead, LeadStage
from models.meeting import Attendance, CouncilMeeting, MeetingMode, Minutes, MinutesState, MinutesVersion
from models.member import Member
from models.project import ProjectState
from models.session import Database
from tests.storage.conftest import MEDIATED, PLAIN, RED
from tests.storage.council_rows import CLOSED, CLOSED_SECRET, found_council
from tests.support.county import HEAD, POLICY, SATURDAY, WORKER

LATER = SATURDAY + timedelta(days=4000)


def rule_for(entity: Entity) -> RetentionRule:
    """The rule that ships."""
    return next(rule for rule in shipped_retention().rules if rule.entity is entity)


async def forget(database: Database, entity: Entity, *, now: datetime = LATER, limit: int = 50) -> int:
    """One batch."""
    async with database.transaction() as session:
        rule = rule_for(entity)
        return len(await forget_batch(session, rule, now=now, policy=POLICY, former=former_name, limit=limit))


async def rows(database: Database, *names: str) -> dict[str, int]:
    """How many rows these tables have; of all tables without names."""
    async with database.transaction() as session:
        return {
            table.name: int((await session.execute(select(func.count()).select_from(table))).scalar_one())
            for table in SQLModel.metadata.sorted_tables
            if not names or table.name in names
        }


async def member(database: Database, telegram_id: int) -> int:
    async with database.transaction() as session:
        query = select(col(Member.id)).where(col(Member.telegram_id) == telegram_id)
        return int((await session.execute(query)).scalar_one())


async def close(database: Database, *leads: int) -> None:
    """Close leads and end every dispute, on the first day."""
    worker, head = await member(database, WORKER), await member(database, HEAD)
    async with database.transaction() as session:
        closed = {"closing_by_id": worker, "closed_by_id": head, "closed_at": SATURDAY, "stage": LeadStage.CLOSED}
        await session.execute(update(Lead).where(col(Lead.id).in_(leads)).values(**closed))
        await session.execute(text("DELETE FROM mediation_guest"))
        await session.execute(text("DELETE FROM mediation WHERE stage = 'planned'"))
        ended = {"state": DisputeState.ENDED, "outcome": "refused", "closed_at": SATURDAY, "mediable": False}
        none = dict.fromkeys(("owner_id", "next_on", "next_step", "next_step_at"))
        opened = col(Dispute.state) != DisputeState.FROZEN
        await session.execute(update(Dispute).where(opened).values(**ended, **none))
        await session.execute(update(Dispute).where(~opened).values(closed_at=SATURDAY))


def test_what_points_to_a_lead_or_a_dispute_is_a_part_of_it_or_a_known_link() -> None:
    tables = SQLModel.metadata.tables
    found = {f"{one.table.name}.{one.name}" for name in ("lead", "dispute") for one in pointing_at(tables[name])}
    assert found - LINKS == {
        *(f"{table}.lead_id" for table in ("alert", "break_glass", "lead_consent", "lead_entry", "lead_file")),
        *(f"{table}.lead_id" for table in ("lead_household", "lead_kept_away", "lead_read", "mediation_request")),
        *("referral.lead_id", "referral.dispute_id", "legal_hold.lead_id", "legal_hold.dispute_id"),
        *("dispute.lead_id", "dispute.red_lead_id"),  # a lead with one waits (`expired`)
        *(f"dispute_{table}.dispute_id" for table in ("entry", "file", "follower", "party", "read")),
        *("mediation.dispute_id", "agreement.dispute_id", "recusal.dispute_id"),
    }


async def test_a_lead_waits_for_its_dispute_and_both_go_whole(cases: Database) -> None:
    before = await rows(cases)
    assert before["lead_entry"]
    assert before["dispute_entry"]
    assert [await forget(cases, entity) for entity in (Entity.DISPUTE, Entity.LEAD)] == [0, 0]  # all are open
    await close(cases, PLAIN, MEDIATED)
    assert await forget(cases, Entity.LEAD) == 1  # nothing was made of the plain one
    assert await forget(cases, Entity.DISPUTE) == 2  # the third was frozen by a lead that is still open
    await close(cases, RED)
    assert await forget(cases, Entity.DISPUTE) == 1
    assert await forget(cases, Entity.LEAD, limit=1) == 1
    assert await forget(cases, Entity.LEAD) == 1
    after = await rows(cases)
    left = {name for name, count in after.items() if count and name.startswith(("lead", "dispute", "alert", "medi"))}
    assert not left - {"leave"}
    assert not any(after[name] for name in ("agreement", "recusal", "referral", "break_glass"))
    assert after["household"] == before["household"]
    async with cases.transaction() as session:
        kept = (await session.execute(select(Erasure).order_by(col(Erasure.id)))).scalars().all()
    assert [(one.rule, one.door) for one in kept][:2] == [("lead", None), ("dispute", None)]
    assert sum(one.counts.get("lead", 0) for one in kept) == 3
    assert sum(one.counts.get("dispute_entry", 0) for one in kept) == before["dispute_entry"]


async def test_nothing_goes_a_day_too_early(cases: Database) -> None:
    await close(cases, PLAIN)
    days = rule_for(Entity.LEAD).days
    assert await forget(cases, Entity.LEAD, now=SATURDAY + timedelta(days=days - 1)) == 0
    assert await forget(cases, Entity.LEAD, now=SATURDAY + timedelta(days=days)) == 1


async def test_what_is_held_stays_until_the_hold_is_lifted(cases: Database) -> None:
    await close(cases, PLAIN, MEDIATED, RED)
    async with cases.transaction() as session:
        code = (await session.execute(select(col(Lead.code)).where(col(Lead.id) == MEDIATED))).scalar_one()
        hold = await place_hold(session, lead=code.lower(), reason="法院来函", by="周静", now=SATURDAY)
        with pytest.raises(RefusedError):
            await place_hold(session, household="T-A-99-001", reason="x", by="y", now=SATURDAY)
    assert await forget(cases, Entity.DISPUTE) == 2  # the dispute that was made of it is held with it
    assert await forget(cases, Entity.LEAD) == 2
    assert (await rows(cases, "lead", "dispute")) == {"lead": 1, "dispute": 1}
    async with cases.transaction() as session:
        assert await count_expired(session, rule_for(Entity.LEAD_FILE), now=LATER, policy=POLICY) == 0
        (held,) = await holds(session)
        assert (held.code, held.hold.reason, held.hold.placed_by) == (code, "法院来函", "周静")
        await lift_hold(session, hold.id, by="周静", now=LATER)
        with pytest.raises(RefusedError):
            await lift_hold(session, hold.id, by="周静", now=LATER)
    assert [await forget(cases, entity) for entity in (Entity.DISPUTE, Entity.LEAD)] == [1, 1]


async def test_of_a_ballot_count_result_and_seal_stay_and_nobody_s_name(database: Database) -> None:
    worker, head = await member(database, WORKER), await member(database, HEAD)
    async with database.transaction() as session:
        await found_council(session, first=worker, second=head)
        before = [(await session.get_one(Ballot, number)).model_dump() for number in (CLOSED, CLOSED_SECRET)]
    assert await forget(database, Entity.BALLOT_NAMES) == 2
    async with database.transaction() as session:
        assert [(await session.get_one(Ballot, number)).model_dump() for number in (CLOSED, CLOSED_SECRET)] == before
        for table in ("elector", "vote", "ballot_entry", "ballot_box"):
            of_them = f"SELECT count(*) FROM {table} WHERE ballot_id IN ({CLOSED}, {CLOSED_SECRET})"
            assert (await session.execute(text(of_them))).scalar_one() == 0
            assert (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()  # the running ones'
    assert await forget(database, Entity.BALLOT_NAMES) == 0


async def test_of_a_record_numbers_items_and_decisions_stay_and_nobody_s_name(database: Database) -> None:
    worker, head = await member(database, WORKER), await member(database, HEAD)
    people = RecordPeople(7, 4, 1, 1, ("周萍", "徐莹"), ("方晴",), ("黄慧",), named=True)
    project = RecordProject("装灯", "周萍", SATURDAY.date(), ProjectState.DONE)
    item = RecordItem(
        code="T-A-26-001", title="路灯", body="晚上看不清", urgency=Urgency.HARD, source=ItemSource.MEMBER,
        proposer="徐莹", state=ItemState.PASSED, opinions=(RecordOpinion("黄慧", "要带感应的"),), ballots=(),
        project=project,
    )  # fmt: skip
    when = dict.fromkeys(("planned_at", "begun_at", "ended_at"), SATURDAY)
    facts = RecordFacts(
        code="M1", council="议事会1", area="东关村", alliance="", mode=MeetingMode.TOGETHER, quick=False,
        place="活动室",
        chair="黄慧", recorder="周萍", people=people, items=(item,), notes="方晴说先装东边", decisions="装六盏",
        pictures=(1,), **when,
    )  # fmt: skip
    async with database.transaction() as session:
        await found_council(session, first=worker, second=head)
        await session.execute(text("DELETE FROM minutes"))
        number = (await session.execute(select(func.min(CouncilMeeting.id)))).scalar_one()
        final: dict[str, Any] = {"state": MinutesState.FINAL, "final_at": SATURDAY, "corrections_until": SATURDAY}
        session.add(Minutes(meeting_id=number, opinions="方晴说先装东边", decisions="装六盏", **final))
        for version in (8, 9):
            session.add(MinutesVersion(meeting_id=number, version=version, at=SATURDAY, facts=to_json(facts)))
    assert await forget(database, Entity.MINUTES_NAMES) == 1
    assert await forget(database, Entity.MINUTES_NAMES) == 0
    async with database.transaction() as session:
        of_it = col(MinutesVersion.meeting_id) == number
        (kept,) = (await session.execute(select(MinutesVersion).where(of_it))).scalars().all()
        minutes = await session.get_one(Minutes, number)
        there = select(func.count()).where(col(Attendance.meeting_id) == number)
        assert (await session.execute(there)).scalar_one() == 0
    assert (minutes.opinions, minutes.decisions, minutes.nameless) == (None, "装六盏", True)
    assert kept.version == 9
    assert not [name for name in ("周萍", "徐莹", "方晴", "黄慧") if name in kept.facts]
    left = from_json(kept.facts)
    assert (left.people.standing_due, left.people.standing_there, left.people.invited_there) == (7, 4, 1)
    assert (left.items[0].title, left.items[0].opinions[0].words, left.decisions) == ("路灯", "要带感应的", "装六盏")
