"""What is sent with a dispute is kept as our own copy: clean, encrypted, and told when it is lost."""

from sqlalchemy import LargeBinary, select, type_coerce
from sqlmodel import col

from domain.usecases.kept_files import Shelf
from models.confidential import Recusal
from models.keyring import keyring
from models.lead import FileKind, FileState, LeadFile
from models.mediation import DisputeFile
from tests.scheduler.test_lead_files import COMMENT, MAKER, photo_of_a_phone
from tests.support.attempts import accept
from tests.support.county import INSTRUCTOR, WORKER
from tests.support.hands import Bench
from tests.support.ladder import a_dispute, actor_of, past_the_morning
from tests.support.leads import a_lead


async def sent_with_a_dispute(bench: Bench, content: bytes) -> int:
    """A case to whose attempt the worker has sent this file."""
    await past_the_morning(bench)
    number = await a_dispute(bench, by=WORKER, household="T-A-01-001")
    await accept(bench, number, WORKER)
    await bench.person(WORKER).does("document", ("a.jpg", "image/jpeg", content))
    bench.all_unread()
    message = next(one for one in reversed(bench.box.messages(WORKER)) if not one["from"]["is_bot"])
    sender = (await actor_of(bench, WORKER)).member_id
    async with bench.database.transaction() as session:
        session.add(
            DisputeFile(
                dispute_id=number,
                kind=FileKind.PHOTO,
                file_id=message["document"]["file_id"],
                caption="协议 <b>",
                sent_by_id=sender,
            )
        )
    return number


async def the_file(bench: Bench) -> DisputeFile:
    """The only file there is."""
    async with bench.database.transaction() as session:
        return (await session.execute(select(DisputeFile))).scalar_one()


async def test_a_photo_is_kept_without_its_place_and_device_and_is_ciphertext(bench: Bench) -> None:
    await sent_with_a_dispute(bench, photo_of_a_phone())
    await bench.program.keeper.keep_waiting()
    file = await the_file(bench)
    assert (file.state, file.attempts, file.content is not None) == (FileState.KEPT, 1, True)
    async with bench.database.transaction() as session:
        stored = (await session.execute(select(type_coerce(col(DisputeFile.content), LargeBinary)))).scalar_one()
    opened = keyring().open(bytes(stored), Shelf.DISPUTE.content)
    assert opened.startswith(b"\xff\xd8")
    assert b"JFIF" not in stored
    for mark in (MAKER, COMMENT, b"Exif", b"GPS"):
        assert mark not in opened


async def test_it_is_shown_to_whoever_may_read_the_case_and_vanishes(bench: Bench) -> None:
    number = await sent_with_a_dispute(bench, photo_of_a_phone())
    await bench.program.keeper.keep_waiting()
    await bench.tick()
    reader = bench.person(INSTRUCTOR)
    reader.reads()
    before = bench.box.messages(INSTRUCTOR)[-1]["message_id"]
    count, shown = await reader.press_data(before, f"disp:files:{number}")
    assert "1" in count.text
    assert "photo" in shown.raw
    assert "协议 <b>" in shown.text
    assert shown.raw["has_protected_content"]
    bench.pass_time(minutes=11)
    await bench.tick()
    assert {count.message_id, shown.message_id}.isdisjoint(
        message["message_id"] for message in bench.box.messages(INSTRUCTOR)
    )
    bench.all_unread()


async def test_a_picture_that_is_lost_is_told_to_whoever_sent_it(bench: Bench) -> None:
    await sent_with_a_dispute(bench, b"no picture at all")
    await bench.program.keeper.keep_waiting()
    assert (await the_file(bench)).state is FileState.REFUSED
    await bench.deliverer.deliver_all()
    told = bench.person(WORKER).reads()[-1]
    assert "一张照片没有保存，请再发一次" in told.text
    bench.all_unread()


async def test_who_stands_back_by_now_hears_nothing_of_it(bench: Bench) -> None:
    number = await sent_with_a_dispute(bench, b"no picture at all")
    sender = (await actor_of(bench, WORKER)).member_id
    async with bench.database.transaction() as session:
        session.add(Recusal(member_id=sender, dispute_id=number, at=bench.clock.now, recorded_by_id=sender))
    await bench.program.keeper.keep_waiting()
    await bench.deliverer.deliver_all()
    assert [said for said in bench.person(WORKER).reads() if "没有保存" in said.text] == []
    bench.all_unread()


async def test_files_of_leads_and_disputes_with_the_same_number_are_kept_apart(bench: Bench) -> None:
    await sent_with_a_dispute(bench, photo_of_a_phone())
    lead = await a_lead(bench, "domestic_violence")
    async with bench.database.transaction() as session:
        session.add(LeadFile(lead_id=lead.id, kind=FileKind.PHOTO, file_id="gone", caption=""))
    await bench.program.keeper.keep_waiting()
    assert (await the_file(bench)).state is FileState.KEPT
    async with bench.database.transaction() as session:
        assert (await session.execute(select(col(LeadFile.state)))).scalar_one() is FileState.LOST
    await bench.deliverer.deliver_all()
    bench.all_unread()
