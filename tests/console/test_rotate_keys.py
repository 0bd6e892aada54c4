"""New keys without a pause: everything is written anew while the bot works, as often as one likes."""

import argparse
import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import LargeBinary, select, text, type_coerce
from sqlmodel import col

from console.desk import Desk
from console.rotating import rotate_keys, sealed_columns
from domain.usecases.kept_files import Shelf, keep_file
from models import keyring
from models.confidential import Recusal
from models.dispute import Dispute, DisputeEntry, DisputeParty
from models.household import Household
from models.inbox import InboxUpdate
from models.keyring import Keyring, new_key
from models.lead import EntryKind, FileKind, Lead, LeadEntry, LeadFile
from models.mediation import Agreement, AttemptResult, DisputeFile, Mediation
from models.referral import Referral, ReferralGround, ReferralKind
from models.session import Database
from tests.conftest import _KEY
from tests.support.attempts import accept, attempt
from tests.support.county import EXPERT, WORKER
from tests.support.hands import Bench
from tests.support.ladder import a_dispute, actor_of
from tests.support.leads import NARRATIVE, a_lead

NEW = new_key()
PICTURE = b"\xff\xd8" + bytes(range(256)) * 4000


@pytest.fixture
def new_key_first() -> Iterator[Keyring]:
    """From now on a new key writes, and the old one is still there."""
    ring = Keyring([NEW, _KEY])
    keyring.install(ring)
    yield ring
    keyring.install(Keyring([_KEY]))


async def a_full_county(bench: Bench) -> None:
    """Something in many encrypted columns, under the old key."""
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    await worker.press("单小红")
    lead = await a_lead(bench)
    async with bench.database.transaction() as session:
        file = LeadFile(lead_id=lead.id, kind=FileKind.PHOTO, file_id="x", caption="门口")
        session.add(file)
        session.add(
            InboxUpdate(
                update_id=10**9,
                chat_id=-1,
                payload="{}",
                received_at=bench.clock(),
                set_aside=True,
                done_at=bench.clock(),
            )
        )
        for household in (await session.execute(select(Household))).scalars():
            household.situation = f"情况 {household.code}"
        session.add(LeadEntry(lead_id=lead.id, kind=EntryKind.NOTE, at=bench.clock(), body="她想先问问律师"))
        await session.flush()
        await keep_file(session, file.id, PICTURE)


async def keys_in_use(database: Database) -> dict[bytes, int]:
    """How many values each key has written."""
    found: dict[bytes, int] = {}
    async with database.transaction() as session:
        for sealed in sealed_columns():
            for (value,) in await session.execute(select(sealed.raw).where(sealed.column.is_not(None))):
                found[bytes(value)[:4]] = found.get(bytes(value)[:4], 0) + 1
    return found


async def rotated(desk: Desk) -> int:
    """What the command says at its end."""
    return await rotate_keys(desk, argparse.Namespace())


def at(desk: Desk, bench: Bench) -> Desk:
    """The desk on the bench's database."""
    assert desk.database is bench.database
    return desk


async def test_everything_is_under_the_first_key_and_reads_as_before(
    bench: Bench, desk: Desk, new_key_first: Keyring, capsys: pytest.CaptureFixture[str]
) -> None:
    keyring.install(Keyring([_KEY]))
    await a_full_county(bench)
    before = await keys_in_use(bench.database)
    keyring.install(new_key_first)
    assert await rotated(at(desk, bench)) == 0
    assert await keys_in_use(bench.database) == {new_key_first.first_id: sum(before.values())}
    told = capsys.readouterr().out
    assert f"第2把 {new_key_first.ids[1].hex()}：数据库里已不再需要" in told
    keyring.install(Keyring([NEW]))
    async with bench.database.transaction() as session:
        assert (await session.execute(select(Lead.narrative))).scalar_one() == NARRATIVE  # type: ignore[call-overload]
        assert "她想先问问律师" in (await session.execute(select(LeadEntry.body))).scalars().all()  # type: ignore[call-overload]
        content = (await session.execute(select(type_coerce(col(LeadFile.content), LargeBinary)))).scalar_one()
        households = (await session.execute(select(Household))).scalars().all()
        assert all(household.situation == f"情况 {household.code}" for household in households)
    assert Keyring([NEW]).open(bytes(content), Shelf.LEAD.content) == PICTURE
    assert "见到了" in (await bench.person(WORKER).press("电话")).labels


async def test_a_second_time_finds_nothing_to_do(
    bench: Bench, desk: Desk, new_key_first: Keyring, capsys: pytest.CaptureFixture[str]
) -> None:
    await a_full_county(bench)
    for _ in range(2):
        assert await rotated(at(desk, bench)) == 0
    assert "重新写了 0 个值" in capsys.readouterr().out.splitlines()[-3]
    assert set(await keys_in_use(bench.database)) == {new_key_first.first_id}


async def test_stopped_in_the_middle_it_is_taken_up_again(
    bench: Bench, desk: Desk, new_key_first: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring.install(Keyring([_KEY]))
    await a_full_county(bench)
    keyring.install(new_key_first)
    monkeypatch.setattr("console.rotating.BATCH", 2)
    whole, calls = new_key_first.seal, iter(range(10**6))

    def breaks(content: bytes, label: str) -> bytes:
        if next(calls) == 5:
            raise KeyboardInterrupt
        return whole(content, label)

    monkeypatch.setattr(new_key_first, "seal", breaks)
    with pytest.raises(KeyboardInterrupt):
        await rotated(at(desk, bench))
    assert len(await keys_in_use(bench.database)) == 2
    monkeypatch.undo()
    assert await rotated(desk) == 0
    assert set(await keys_in_use(bench.database)) == {new_key_first.first_id}


async def test_the_bot_works_on_meanwhile_and_nothing_it_writes_is_lost(
    bench: Bench, desk: Desk, new_key_first: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring.install(Keyring([_KEY]))
    await a_full_county(bench)
    keyring.install(new_key_first)
    monkeypatch.setattr("console.rotating.BATCH", 1)
    done = asyncio.Event()

    async def work() -> None:
        number = 0
        while not done.is_set():
            number += 1
            async with bench.database.transaction() as session:
                for household in (await session.execute(select(Household))).scalars():
                    household.situation = f"第{number}次 {household.code}"
            await asyncio.sleep(0)
        async with bench.database.transaction() as session:
            for household in (await session.execute(select(Household))).scalars():
                assert household.situation == f"第{number}次 {household.code}"

    worker = asyncio.create_task(work())
    assert await rotated(at(desk, bench)) == 0
    done.set()
    await worker
    assert set(await keys_in_use(bench.database)) == {new_key_first.first_id}


async def test_a_value_that_was_changed_between_reading_and_writing_stays_as_it_is_now(
    bench: Bench, desk: Desk, new_key_first: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The write looks for the ciphertext that was read."""
    keyring.install(Keyring([_KEY]))
    await a_full_county(bench)
    keyring.install(new_key_first)
    sealed = next(one for one in sealed_columns() if one.label == "household.situation")
    from console import rotating  # noqa: PLC0415

    async with bench.database.transaction() as session:
        rows = (await session.execute(rotating._next(sealed, new_key_first, None))).all()
        await session.execute(text("UPDATE household SET situation = :new"), {"new": b"meanwhile"})
        await rotating._write(session, sealed, new_key_first, rows)
        left = (await session.execute(select(sealed.raw))).scalars().all()
    assert {bytes(one) for one in left} == {b"meanwhile"}
    async with bench.database.transaction() as session:
        await session.execute(text("UPDATE household SET situation = NULL"))


async def test_what_no_key_opens_is_left_alone_and_told(
    bench: Bench, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    await a_full_county(bench)
    before = await keys_in_use(bench.database)
    keyring.install(Keyring([NEW]))
    assert await rotated(at(desk, bench)) == 1
    assert await keys_in_use(bench.database) == before
    assert "打不开" in capsys.readouterr().out
    keyring.install(Keyring([_KEY]))


DISPUTE_TABLES = (Dispute, DisputeParty, DisputeEntry, Recusal, Mediation, Agreement, DisputeFile, Referral)


async def a_dispute_that_says_all(bench: Bench) -> set[str]:
    """A dispute with something in each encrypted column of its tables, and the labels of these columns."""
    number = await a_dispute(bench, by=WORKER, household="T-A-01-001")
    await accept(bench, number, WORKER)
    await attempt(bench, number, WORKER, AttemptResult.AGREED)
    worker, expert = await actor_of(bench, WORKER), await actor_of(bench, EXPERT)
    labels = set()
    async with bench.database.transaction() as session:
        file = DisputeFile(dispute_id=number, kind=FileKind.PHOTO, file_id="x", sent_by_id=worker.member_id)
        session.add(file)
        at, by = bench.clock(), worker.member_id
        session.add(Recusal(member_id=expert.member_id, dispute_id=number, at=at, recorded_by_id=by))
        session.add(
            Referral(
                dispute_id=number, kind=ReferralKind.EXPERT, member_id=expert.member_id, asked_by_id=by, asked_at=at,
                until=at, ground=ReferralGround.CONSENT,
            )
        )  # fmt: skip
        await session.flush()
        for table in DISPUTE_TABLES:
            sealed = [one.column.name for one in sealed_columns() if one.table is table.__table__]  # type: ignore[union-attr]
            for row in (await session.execute(select(table))).scalars():
                for name in sealed:
                    if (table, name) != (DisputeFile, "content"):
                        setattr(row, name, f"{table.__tablename__}.{name}")
            labels |= {f"{table.__tablename__}.{name}" for name in sealed}
        await session.flush()
        await keep_file(session, file.id, PICTURE, Shelf.DISPUTE)
    return labels


async def test_all_that_a_dispute_says_is_written_anew_and_reads_as_before(
    bench: Bench, desk: Desk, new_key_first: Keyring
) -> None:
    keyring.install(Keyring([_KEY]))
    labels = await a_dispute_that_says_all(bench)
    assert labels >= {
        "dispute_entry.body",
        "recusal.reason",
        "dispute_file.content",
        "agreement.text",
        "referral.reply",
    }
    keyring.install(new_key_first)
    assert await rotated(at(desk, bench)) == 0
    keyring.install(Keyring([NEW]))
    async with bench.database.transaction() as session:
        for sealed in sealed_columns():
            if sealed.label in labels:
                values = [bytes(value) for value in (await session.execute(select(sealed.raw))).scalars()]
                assert values, sealed.label
                said = PICTURE if sealed.label == Shelf.DISPUTE.content else sealed.label.encode()
                assert {Keyring([NEW]).open(value, sealed.label) for value in values} == {said}
    bench.all_unread()


async def test_every_encrypted_column_is_found() -> None:
    labels = [sealed.label for sealed in sealed_columns()]
    known = {"lead.narrative", "lead_entry.body", "inbox.payload", "conversation.state", "dispute.facts"}
    assert known | {shelf.content for shelf in Shelf} <= set(labels)
    assert len(labels) == len(set(labels))
    assert all(sealed.label == f"{sealed.table.name}.{sealed.column.name}" for sealed in sealed_columns())
