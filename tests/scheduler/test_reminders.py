"""The mornings: who is reminded of what, once, whatever restarts and replicas do."""

import asyncio
from datetime import UTC, datetime

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, func, inspect, select, update
from sqlmodel import SQLModel

from models.household import Household
from models.member import Appointment, Member
from models.outbox import OutboxMessage, OutboxState
from models.sweep_run import LateMark, SweepRun
from scheduler.deliver import Deliverer
from scheduler.sweep import Sweep
from tests.support.county import (
    ENGLISH,
    HEAD,
    INSTRUCTOR,
    OTHER_HEAD,
    OTHER_WORKER,
    POLICY,
    SATURDAY,
    WORKER,
)
from tests.support.hands import Bench


async def test_every_worker_with_something_due_gets_one_digest_without_names(bench: Bench) -> None:
    await bench.tick()
    digest = bench.person(WORKER).reads()
    assert [said.text for said in digest] == [
        "早上好 11月21日（周六）\n🔴 重点户：今天 0，逾期 1\n🟡 监测户：今天 1，逾期 0\n🟢 一般户：今天 1，逾期 0"
    ]
    english = bench.person(ENGLISH).reads()
    assert [said.text for said in english] == ["Good morning Sat 21 Nov\n🔴 Key: 1 due, 0 overdue"]
    assert bench.person(OTHER_WORKER).reads() == []
    bench.all_unread()


async def test_the_digest_opens_todays_list_whose_entries_open_the_check_in(bench: Bench) -> None:
    await bench.tick()
    bench.all_unread()
    worker = bench.person(WORKER)
    assert "王秀英" in (await worker.press("打开今日走访")).labels[0]
    assert "上门" in (await worker.press("王秀英")).labels
    bench.all_unread()


async def test_a_second_tick_a_restart_and_a_replica_remind_nobody_twice(bench: Bench) -> None:
    replica = Sweep(bench.database, clock=bench.clock, policy=POLICY)
    await asyncio.gather(bench.sweep.morning(), replica.morning())
    other = Deliverer(bench.database, bench.deliverer._channel, clock=bench.clock, policy=POLICY)
    await asyncio.gather(bench.deliverer.deliver_all(), other.deliver_all())
    await bench.tick()
    assert len(bench.person(WORKER).reads()) == 1
    bench.all_unread()


async def test_nothing_is_sent_before_eight(bench: Bench) -> None:
    bench.clock.now = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)  # 07:59 in Shanghai
    await bench.tick()
    assert bench.all_unread() == []
    bench.pass_time(minutes=1)
    await bench.tick()
    assert len(bench.person(WORKER).reads()) == 1
    bench.all_unread()


async def test_a_machine_that_was_off_for_days_catches_up_in_one_message(bench: Bench) -> None:
    await bench.tick()
    bench.all_unread()
    bench.pass_time(days=5, hours=6)
    await bench.tick()
    assert len(bench.person(WORKER).reads()) == 1
    bench.all_unread()


async def test_a_machine_that_starts_in_the_quiet_hours_disturbs_nobody(bench: Bench) -> None:
    bench.clock.now = datetime(2026, 11, 21, 13, 30, tzinfo=UTC)  # 21:30 in Shanghai
    await bench.tick()
    assert bench.all_unread() == []


async def test_a_digest_that_waited_until_another_day_is_not_wanted_any_more(bench: Bench) -> None:
    await bench.sweep.morning()
    bench.pass_time(days=1)
    await bench.deliverer.deliver_all()
    assert [said for said in bench.person(WORKER).reads() if "11月21日" in said.text] == []
    bench.all_unread()


async def test_a_worker_who_has_done_everything_meanwhile_gets_no_digest(bench: Bench) -> None:
    await bench.sweep.morning()
    async with bench.database.transaction() as session:
        await session.execute(update(Household).values(next_due_on=datetime(2026, 12, 24, tzinfo=UTC).date()))
    await bench.deliverer.deliver_all()
    assert bench.person(WORKER).reads() == []
    bench.all_unread()


async def test_the_instructor_hears_of_a_key_household_two_days_late_and_the_head_after_four(bench: Bench) -> None:
    await bench.tick()  # the key household is three days late
    late = bench.person(INSTRUCTOR).reads()
    assert ["走访逾期提醒" in said.text for said in late] == [True]
    assert "重点户 1" in late[0].text
    assert "王秀英" not in late[0].text
    assert bench.person(HEAD).reads() == []
    bench.pass_time(days=1)
    await bench.tick()
    assert bench.person(INSTRUCTOR).reads() == []  # once for each due date
    assert "重点户 1" in bench.person(HEAD).reads()[0].text
    assert bench.person(OTHER_HEAD).reads() == []
    bench.all_unread()


async def test_a_household_late_again_after_a_visit_is_told_again(bench: Bench) -> None:
    await bench.tick()
    bench.all_unread()
    async with bench.database.transaction() as session:
        day = datetime(2026, 11, 22, tzinfo=UTC).date()
        await session.execute(update(Household).where(Household.code == "T-A-01-001").values(next_due_on=day))  # type: ignore[arg-type]
    bench.pass_time(days=3)
    await bench.tick()
    assert any("重点户 1" in said.text for said in bench.person(INSTRUCTOR).reads())
    bench.all_unread()


async def test_heads_get_a_summary_on_monday(bench: Bench) -> None:
    bench.pass_time(days=2)
    await bench.tick()
    summary = [said.text for said in bench.person(OTHER_HEAD).reads() if "小结" in said.text]
    assert summary == ["上周走访小结 11月23日（周一）\n登记 0 次，见到人 0 次，涉及 0 户\n现有到期 1 户，其中逾期 1 户"]
    bench.all_unread()


async def test_a_monday_on_which_the_machine_was_off_is_made_up_for_once(bench: Bench) -> None:
    for days in (3, 1):  # Tuesday, Wednesday
        bench.pass_time(days=days)
        await bench.tick()
        summaries = [said.text for said in bench.person(OTHER_HEAD).reads() if "小结 11月23日" in said.text]
        assert len(summaries) == (1 if days == 3 else 0)
    bench.all_unread()


async def test_three_times_nobody_home_reaches_the_instructor_once(bench: Bench) -> None:
    worker = bench.person(WORKER)
    for day in range(4):
        await worker.say("走访登记")
        await worker.say("王秀英")
        await worker.press("王秀英")
        await worker.press("上门")
        await worker.press("无人在家")
        await worker.press("跳过")
        await worker.press("保存")
        await bench.deliverer.deliver_all()
        told = bench.person(INSTRUCTOR).reads()
        assert len(told) == (1 if day == 2 else 0)
        bench.pass_time(days=2)
    async with bench.database.transaction() as session:
        assert (await session.execute(select(func.count()).select_from(OutboxMessage))).scalar_one() == 1


async def test_a_grid_without_a_worker_is_the_instructors(bench: Bench) -> None:
    async with bench.database.transaction() as session:
        worker = (await session.execute(select(Member).where(Member.telegram_id == WORKER))).scalar_one()  # type: ignore[arg-type]
        yesterday = datetime(2026, 11, 20, tzinfo=UTC).date()
        ended = update(Appointment).where(Appointment.member_id == worker.id)  # type: ignore[arg-type]
        await session.execute(ended.values(starts_on=yesterday, ends_on=yesterday))
    await bench.tick()
    assert bench.person(WORKER).reads() == []
    assert any("早上好" in said.text for said in bench.person(INSTRUCTOR).reads())
    bench.all_unread()


async def test_somebody_who_blocked_the_bot_is_marked_and_the_others_are_served(bench: Bench) -> None:
    bench.box.world.people[WORKER].blocked = True
    await bench.tick()
    assert len(bench.person(ENGLISH).reads()) == 1
    async with bench.database.transaction() as session:
        worker = (await session.execute(select(Member).where(Member.telegram_id == WORKER))).scalar_one()  # type: ignore[arg-type]
        mine = await session.execute(select(OutboxMessage.state).where(OutboxMessage.member_id == worker.id))  # type: ignore[call-overload]
        assert worker.unreachable_since == SATURDAY
        assert mine.scalars().all() == [OutboxState.FAILED]
    bench.all_unread()


async def test_an_answer_that_never_comes_leaves_a_digest_at_most_once(bench: Bench) -> None:
    await bench.sweep.morning()
    bench.box.fault("cut", method="sendMessage", chat_id=WORKER)
    await bench.deliverer.deliver_all()
    bench.pass_time(minutes=10)
    await bench.deliverer.deliver_all()
    assert len(bench.person(WORKER).reads()) == 1
    bench.all_unread()


async def test_a_grid_without_worker_and_instructor_is_the_heads(bench: Bench) -> None:
    async with bench.database.transaction() as session:
        yesterday = datetime(2026, 11, 20, tzinfo=UTC).date()
        below = select(Member.id).where(Member.telegram_id.in_([WORKER, INSTRUCTOR]))  # type: ignore[call-overload, attr-defined]
        ended = update(Appointment).where(Appointment.member_id.in_(below))  # type: ignore[attr-defined]
        await session.execute(ended.values(starts_on=yesterday, ends_on=yesterday))
    await bench.tick()
    digest = next(said.text for said in bench.person(HEAD).reads() if "早上好" in said.text)
    assert "🔴 重点户：今天 0，逾期 1\n🟡 监测户：今天 1，逾期 0\n🟢 一般户：今天 1，逾期 0" in digest
    bench.all_unread()


async def test_a_frozen_workers_caseload_goes_to_the_instructor(bench: Bench) -> None:
    async with bench.database.transaction() as session:
        frozen = update(Member).where(Member.telegram_id == WORKER)  # type: ignore[arg-type]
        await session.execute(frozen.values(frozen_at=SATURDAY))
    await bench.tick()
    assert bench.person(WORKER).reads() == []
    assert any("早上好" in said.text for said in bench.person(INSTRUCTOR).reads())
    bench.all_unread()


async def test_what_is_the_instructors_to_hear_goes_to_the_head_where_there_is_none(bench: Bench) -> None:
    async with bench.database.transaction() as session:
        gone = update(Member).where(Member.telegram_id == INSTRUCTOR)  # type: ignore[arg-type]
        await session.execute(gone.values(frozen_at=SATURDAY))
        key = update(Household).where(Household.code.in_(["T-A-01-001", "T-B-01-001"]))  # type: ignore[attr-defined]
        await session.execute(key.values(tier_review_on=POLICY.today(SATURDAY)))
    await bench.tick()
    told = [said.text.splitlines() for said in bench.person(HEAD).reads()]
    assert [[line for line in text if "重点户" in line] for text in told if "走访逾期提醒" in text[0]] == [
        ["🔴 重点户 1"]
    ]
    assert len([text for text in told if "复核" in text[0]]) == 1
    other = [said.text for said in bench.person(OTHER_HEAD).reads()]
    assert ["复核" in text for text in other] == [True]  # her grid never had an instructor
    bench.all_unread()


async def test_where_there_is_an_instructor_the_head_hears_nothing_of_reviews(bench: Bench) -> None:
    async with bench.database.transaction() as session:
        key = update(Household).where(Household.code == "T-A-01-001")  # type: ignore[arg-type]
        await session.execute(key.values(tier_review_on=POLICY.today(SATURDAY)))
    await bench.tick()
    assert len([said for said in bench.person(INSTRUCTOR).reads() if "复核" in said.text]) == 1
    assert bench.person(HEAD).reads() == []
    bench.all_unread()


async def test_the_marks_of_more_than_a_year_ago_are_forgotten_and_younger_ones_kept(bench: Bench) -> None:
    async def counts() -> list[int]:
        async with bench.database.transaction() as session:
            tables = (LateMark, SweepRun, OutboxMessage)
            return [(await session.execute(select(func.count()).select_from(table))).scalar_one() for table in tables]

    await bench.tick()
    bench.all_unread()
    before = await counts()
    assert min(before) > 0
    bench.pass_time(days=100)
    await bench.sweep.forget()
    assert await counts() == before
    bench.pass_time(days=299)
    await bench.sweep.forget()
    assert await counts() == [*before[:2], 0]
    bench.pass_time(days=2)
    await bench.sweep.forget()
    assert await counts() == [0, 0, 0]


async def test_the_tables_are_those_of_the_models(bench: Bench) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), SQLModel.metadata))

    async with bench.database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
        indexes = await connection.run_sync(lambda here: inspect(here).get_indexes("outbox"))
    assert "ix_outbox_settled" in {index["name"] for index in indexes}
