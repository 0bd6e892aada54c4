"""The operator hears of an incident once when it begins and once when it is over, whatever is away meanwhile."""

import logging
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import Program
from domain.channel import Lane, Outcome, Outgoing, Receipt
from domain.household_notices import LateHouseholds
from domain.usecases.incidents import Alarm, Listener, Reading, open_incidents
from domain.usecases.outbox import tell
from messages.console import phrases
from messages.render import LOCALES
from models.inbox import InboxUpdate
from models.member import Member
from models.outbox import OutboxMessage
from models.session import Database
from scheduler.alarm_line import AlarmLine
from scheduler.alone import Alone
from scheduler.nightly_drill import NightlyDrill
from scheduler.signs import DatabaseErrors, Pulse, Sign, SteadyClock, WayInLog
from scheduler.watch import OTHERS_AWAY, STEADY, Watch
from tests.support.county import ADMIN, HEAD, POLICY, SATURDAY, WORKER
from tests.support.hands import Clock

OPERATOR = Listener(-100, "en")


@dataclass
class Chats:
    """A messenger that keeps what it was given, and ends the next sends as the test says."""

    said: list[Outgoing] = field(default_factory=list)
    ends: list[Receipt] = field(default_factory=list)

    async def send(self, message: Outgoing) -> Receipt:
        """Take one message, or refuse it."""
        receipt = self.ends.pop(0) if self.ends else Receipt(Outcome.DELIVERED)
        if receipt.outcome is Outcome.DELIVERED:
            self.said.append(message)
        return receipt

    def new(self) -> list[tuple[int, str]]:
        """What has come since: to whom, and its words."""
        said, self.said = self.said, []
        return [(message.chat_id, message.text) for message in said]


@dataclass
class Stage:
    """Some processes on one database, their chats, and the time."""

    database: Database
    clock: Clock = field(default_factory=lambda: Clock(SATURDAY))
    chats: Chats = field(default_factory=Chats)

    def seconds(self) -> float:
        """Time as it passes: the test's clock never jumps here."""
        return (self.clock.now - SATURDAY).total_seconds()

    def watch(
        self,
        *signs: Sign,
        listener: Listener | None = None,
        drill: NightlyDrill | None = None,
        alone: Alone | None = None,
    ) -> Watch:
        """One process's watch."""
        return Watch(
            self.database,
            AlarmLine(self.chats, place="here:1", listener=listener),
            clock=self.clock,
            seconds=self.seconds,
            policy=POLICY,
            signs=signs,
            drill=drill.reading if drill else None,
            alone=alone,
        )

    async def look(self, *watches: Watch, seconds: float = 15) -> list[tuple[int, str]]:
        """Time passes, each looks; what was told."""
        self.clock.now += timedelta(seconds=seconds)
        for watch in watches:
            await watch.look()
        return self.chats.new()


@pytest.fixture
def stage(database: Database) -> Stage:
    """A stage on each of the two databases."""
    return Stage(database)


class Away(Database):
    """A database that can be taken away."""

    here = True

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Refuses while it is away."""
        if not self.here:
            raise ConnectionRefusedError
        async with super().transaction() as session:
            yield session


async def test_a_late_notice_is_told_once_by_one_replica_and_its_end_too(stage: Stage) -> None:
    first, second = stage.watch(), stage.watch()
    assert await stage.look(first, second) == []
    async with stage.database.transaction() as session:
        who = (await session.execute(select(col(Member.id)).where(col(Member.telegram_id) == WORKER))).scalar_one()
        notice = LateHouseholds(POLICY.today(SATURDAY), 1, 0, 0)
        await tell(session, [who], notice, "t", now=stage.clock(), policy=POLICY)
        await session.execute(update(OutboxMessage).values(lane=int(Lane.RED)))
    assert await stage.look(first, second, seconds=50) == []
    ((chat, words),) = await stage.look(first, second)
    assert chat == ADMIN
    head, said = words.split("\n")
    assert head == "⚠️ 告警 outbox_red（here:1）"
    assert said == "有1条红色预警到时没有发出，最久65秒。请先打电话通知该接的人，再查看：bot.py outbox"
    assert await stage.look(first, second) == []
    # A process that starts now knows of it, and it is over for all of them once.
    third = stage.watch()
    assert await stage.look(third) == []
    async with stage.database.transaction() as session:
        await session.execute(delete(OutboxMessage))
    assert await stage.look(second, third) == []  # not at once: it may come back
    ((chat, words),) = await stage.look(second, third, first, seconds=STEADY)
    assert chat == ADMIN
    assert words == "✅ 告警解除 outbox_red（here:1）\n红色预警又能按时发出。历时约2分钟"
    assert await stage.look(first, second, third, seconds=STEADY) == []


async def test_each_update_that_is_set_aside_is_told_and_heads_whenever_they_are_twice_as_many(stage: Stage) -> None:
    watch = stage.watch(listener=OPERATOR)
    for number in (1, 2):
        async with stage.database.transaction() as session:
            now = stage.clock()
            session.add(InboxUpdate(update_id=number, chat_id=1, received_at=now, done_at=now, set_aside=True))
            head = update(Member).where(col(Member.telegram_id) == HEAD).values(unreachable_since=now)
            await session.execute(head)
        told = [words for _, words in await stage.look(watch)]
        assert f"{number} updates of the last 10 minutes failed three times" in told[0]
        assert ["1 heads cannot be reached" in words for words in told[1:]] == [True] * (2 - number)
        assert await stage.look(watch) == []


async def test_a_database_that_is_away_is_told_without_it(sqlite_file: Path, sqlite_template: Path) -> None:
    shutil.copy(sqlite_template, sqlite_file)
    database = Away(f"sqlite:///{sqlite_file}")
    stage = Stage(database)
    database.here = False
    errors, pulse = DatabaseErrors(database), Pulse(0)
    watch = stage.watch(errors, pulse, listener=OPERATOR)
    pulse.ended("Sweep.alerts", 0, failed=True)
    assert await stage.look(watch) == []
    ((chat, words),) = await stage.look(watch)
    assert chat == OPERATOR.chat_id
    assert words.startswith("⚠️ Alarm database (here:1)\nthe database has not answered for 30 s.")
    pulse.ended("Sweep.alerts", stage.seconds(), failed=True)
    assert await stage.look(watch, seconds=45) == []  # the jobs that fail for that are not told besides
    database.here = True
    assert await stage.look(watch) == []
    pulse.ended("Sweep.alerts", stage.seconds(), failed=False)
    told = [words for _, words in await stage.look(watch, seconds=STEADY)]
    assert told == ["✅ Over: database (here:1)\nthe database answers again. It took about 2 minutes"]
    await database.close()


@dataclass
class Trouble:
    """A sign that sees what the test says."""

    level: int = 0

    def read(self, now: datetime, at: float) -> list[Reading]:
        """As bad as that."""
        return [Reading(Alarm.DATABASE_ERRORS, self.level, {"count": 10, "minutes": 5})]

    def forget(self) -> None:
        """It stays."""


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_what_every_replica_sees_of_one_thing_is_told_by_one_of_them(database: Database) -> None:
    shared = Away(database.url)
    stage = Stage(shared)
    signs = [Trouble(1), Trouble(1)]
    alone = [Alone(shared, name, clock=stage.clock) for name in ("first", "second")]
    first, second = (stage.watch(signs[n], listener=OPERATOR, alone=alone[n]) for n in range(2))
    ((_, words),) = await stage.look(first, second)
    assert words.startswith("⚠️ Alarm database_errors")
    assert await stage.look(second, first) == []
    # The one who told is killed: the other sees it still, and says so.
    ((_, words),) = [*await stage.look(second, seconds=61), *await stage.look(second)]
    assert words.startswith("⚠️ Alarm database_errors")
    signs[0].level = signs[1].level = 0
    told = [*await stage.look(second), *await stage.look(second, seconds=STEADY)]
    assert [words.split(" (")[0] for _, words in told] == ["✅ Over: database_errors"]
    # Without the database there are no leases. Whoever had that of the watch tells at once, the others after long.
    first = stage.watch(signs[0], listener=OPERATOR, alone=alone[0])  # started anew
    await stage.look(second, first)
    shared.here = False
    for times, pause in ((3, 15.0), (2, OTHERS_AWAY)):
        told = [one for _ in range(times) for one in await stage.look(first, second, seconds=pause)]
        assert [words.split(" (")[0] for _, words in told] == ["⚠️ Alarm database"]
    await shared.close()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_jobs_that_fail_at_different_replicas_are_each_told_by_one(stage: Stage) -> None:
    pulses = [Pulse(0), Pulse(0)]
    alone = [Alone(stage.database, name, clock=stage.clock) for name in ("first", "second")]
    watches = [stage.watch(pulses[n], listener=OPERATOR, alone=alone[n]) for n in range(2)]

    async def told(*, failed: bool, seconds: float) -> list[str]:
        # Both fail at the notices, and the second one at the drafts besides.
        for n, job in ((0, "Deliverer.deliver_calm"), (1, "Deliverer.deliver_calm"), (1, "Sweep.drafts")):
            pulses[n].ended(job, stage.seconds(), failed=failed)
        said = await stage.look(*watches, seconds=seconds)
        return [words.splitlines()[-1] for _, words in said if "scheduler" not in words]

    assert await told(failed=True, seconds=30) == []
    both = await told(failed=True, seconds=31)
    assert ["Sweep.drafts" in words for words in both] == [False, True]
    assert all("Deliverer.deliver_calm" in words for words in both)
    assert await told(failed=True, seconds=15) == []
    assert await told(failed=False, seconds=1) == []
    assert len(await told(failed=False, seconds=STEADY)) == 2
    # Somebody else may tell it now.
    assert await told(failed=True, seconds=15) == []
    said = await stage.look(watches[1], seconds=76)
    assert ["Deliverer.deliver_calm" in words for _, words in said if "scheduler" not in words] == [True]


async def test_many_errors_of_the_database_are_told_and_broken_rules_are_none(stage: Stage) -> None:
    errors = DatabaseErrors(stage.database)
    watch = stage.watch(errors, listener=OPERATOR)
    for wanted, statement in ((0, "INSERT INTO sweep_run (rule, period, swept_at) VALUES (NULL, 'x', NULL)"), (1, "x")):
        for _ in range(10):
            with pytest.raises(Exception) as caught:  # noqa: PT011 - of each driver its own
                async with stage.database.transaction() as session:
                    await session.execute(text(statement))
            assert wanted or not isinstance(caught.value, OperationalError)
        told = [words for _, words in await stage.look(watch)]
        assert ["the database refused at least 10 times" in words for words in told] == [True] * wanted
    assert await stage.look(watch, seconds=300) == []
    told = [words for _, words in [*await stage.look(watch), *await stage.look(watch, seconds=STEADY)]]
    assert ["✅ Over: database_errors" in words for words in told] == [True]


async def test_the_program_watches_itself_and_drills_what_is_embedded(database: Database) -> None:
    program = Program(POLICY, database, token="1:x", api_url="http://127.0.0.1:1", rate=30)
    assert ("NightlyDrill.drill_due" in {job.id for job in program.ticking.scheduler.get_jobs()}) == database.is_sqlite
    await program.ticking.watch.look()
    async with database.transaction() as session:
        assert await open_incidents(session) == {}


def read(sign: Sign, clock_seconds: float, seconds: float) -> list[tuple[Alarm, int]]:
    """The incidents of a sign, each with its figure, when the clock and the time have come so far."""
    readings = sign.read(SATURDAY + timedelta(seconds=clock_seconds), seconds)
    return [(one.alarm, int(str(one.values.get("seconds", 0)))) for one in readings if one.level]


def test_a_clock_that_jumps_either_way_is_told_until_it_was_steady_for_a_while() -> None:
    clock = SteadyClock()
    assert read(clock, 0, 0) == []
    assert read(clock, 25, 15) == []  # it was put right a little
    assert read(clock, 3640, 30) == [(Alarm.CLOCK, 3600)]
    assert read(clock, 3655, 45) == [(Alarm.CLOCK, 3600)]
    assert read(clock, -82700, 60) == [(Alarm.CLOCK, -86370)]
    assert read(clock, -81700, 1060) == []


def test_a_scheduler_that_is_silent_or_a_job_that_always_fails_is_told() -> None:
    pulse = Pulse(0)
    for second in (1, 50):
        pulse.ended("Sweep.alerts", second, failed=True)
        pulse.ended("Sweep.drafts", second, failed=second == 1)
    assert read(pulse, 61, 61) == []
    assert read(pulse, 62, 62) == [(Alarm.JOBS, 0)]
    pulse.ended("Sweep.alerts", 63, failed=False)
    assert read(pulse, 64, 64) == []
    assert read(pulse, 124, 124) == [(Alarm.SCHEDULER, 61)]


def test_updates_that_do_not_come_in_are_heard_of_in_the_log() -> None:
    ears = WayInLog()
    ears.emit(logging.LogRecord("handlers.way_in", logging.ERROR, "", 0, "poll_silent seconds=%d", (200,), None))
    assert read(ears, 0, 0) == [(Alarm.UPDATES, 0)]
    assert read(ears, 100, 100) == [(Alarm.UPDATES, 0)]
    assert read(ears, 160, 160) == []


async def test_what_telegram_does_not_take_waits_and_a_group_that_moved_is_followed() -> None:
    chats = Chats(ends=[Receipt(Outcome.UNREACHABLE), Receipt(Outcome.MIGRATED, migrated_to=-200)])
    line = AlarmLine(chats, place="<h>:1", listener=OPERATOR)
    line.begun(Reading(Alarm.DISK, 1, {"megabytes": 3}))
    await line.flush()
    assert chats.new() == []
    await line.flush()
    ((chat, words),) = chats.new()
    assert chat == -200
    assert words.startswith("⚠️ Alarm disk (&lt;h&gt;:1)\nthe disk has 3 MB left")
    line.over(Alarm.DISK, 5)
    chats.ends = [Receipt(Outcome.BLOCKED)]
    await line.flush()
    await line.flush()  # whoever blocked us is not asked again for this one
    assert chats.new() == []


async def test_who_is_told_when_nobody_is_known_yet() -> None:
    chats = Chats()
    line = AlarmLine(chats, place="h:1")
    line.begun(Reading(Alarm.SCHEDULER, 1, {"seconds": 61}))
    await line.flush()
    line.listened_to_by([Listener(1, "zh"), Listener(2, "en")])
    line.listened_to_by([])
    await line.flush()
    assert [chat for chat, _ in chats.new()] == [1, 2]


@pytest.mark.parametrize("locale", LOCALES)
def test_every_alarm_has_its_words(locale: str) -> None:
    for section in ("alarm", "alarm_over"):
        assert list(phrases(locale)[section]) == [alarm.value for alarm in Alarm]


async def test_the_drill_is_tried_each_night_again_after_an_hour_and_alarms(stage: Stage) -> None:
    faults: list[Exception] = [OSError("no room")]
    done: list[int] = []

    def work() -> None:
        done.append(1)
        if faults:
            raise faults.pop()

    drill = NightlyDrill(stage.database, work, clock=stage.clock, policy=POLICY)
    watch = stage.watch(listener=OPERATOR, drill=drill)
    stage.clock.now = SATURDAY - timedelta(hours=6)  # three at night
    await drill.drill_due()
    assert (done, await stage.look(watch)) == ([], [])
    stage.clock.now += timedelta(hours=1)
    for _ in range(2):
        await drill.drill_due()
    assert len(done) == 1
    ((_, words),) = await stage.look(watch)
    assert "the restore drill failed" in words
    stage.clock.now += timedelta(hours=1)
    for _ in range(2):
        await drill.drill_due()
    assert len(done) == 2
    told = [*await stage.look(watch), *await stage.look(watch, seconds=STEADY)]
    assert ["✅ Over: drill" in words for _, words in told] == [True]
