"""What is sent with a lead is kept as our own copy: clean, encrypted, and only if it is what it says."""

import asyncio
import io
import struct
import zlib

import pytest
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base
from sqlalchemy import LargeBinary, select, type_coerce

from domain.rules.evidence import LONGEST_SIDE, NotWhatItSaysError, clean_picture
from domain.usecases.kept_files import Shelf
from models.keyring import keyring
from models.lead import FileKind, FileState, LeadFile
from scheduler.kept_files import MOST_BEGUN, MOST_TRIES
from tests.support.county import HEAD, OTHER_WORKER, WORKER
from tests.support.hands import Bench
from tests.support.leads import a_lead

MAKER = b"Suozi-Phone-Maker"
COMMENT = b"Suozi-Comment"
OGG = b"OggS\x00\x02" + bytes(20) + b"\x01OpusHead" + bytes(200)


def photo_of_a_phone(orientation: int = 1, size: tuple[int, int] = (60, 40)) -> bytes:
    """A JPEG with a place, a device, XMP, a comment, and a colour in its upper left corner."""
    picture = Image.new("RGB", size, "white")
    picture.paste("red", (0, 0, size[0] // 2, size[1] // 2))
    exif = Image.Exif()
    exif[Base.Make] = MAKER.decode()
    exif[Base.Orientation] = orientation
    place = exif.get_ifd(IFD.GPSInfo)
    place[GPS.GPSLatitudeRef], place[GPS.GPSLatitude] = "N", (37.0, 3.0, 4.5)
    place[GPS.GPSLongitudeRef], place[GPS.GPSLongitude] = "E", (118.0, 24.0, 1.5)
    file = io.BytesIO()
    picture.save(file, "JPEG", exif=exif, comment=COMMENT, xmp=b"<x:xmpmeta>suozi</x:xmpmeta>", quality=95)
    sent = file.getvalue()
    assert MAKER in sent
    assert COMMENT in sent
    assert Image.open(io.BytesIO(sent)).getexif().get_ifd(IFD.GPSInfo)
    return sent


def bomb() -> bytes:
    """A PNG of a few bytes that says it is 30,000 by 30,000 pixels."""
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1_000_000))
    parts = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )


async def sent_with_a_lead(bench: Bench, content: bytes, kind: FileKind = FileKind.PHOTO, name: str = "a.jpg") -> int:
    """The number of a lead to which the worker has sent this file, as a file."""
    worker = bench.person(WORKER)
    if kind is FileKind.VOICE:
        await worker.does("voice", (name, "audio/ogg", content))
    else:
        await worker.does("document", (name, "image/jpeg", content))
    message = next(one for one in reversed(bench.box.messages(WORKER)) if not one["from"]["is_bot"])
    file_id = message["voice" if kind is FileKind.VOICE else "document"]["file_id"]
    lead = await a_lead(bench, "domestic_violence")
    async with bench.database.transaction() as session:
        session.add(LeadFile(lead_id=lead.id, kind=kind, file_id=file_id, caption="门口 <b>"))
    return lead.id


async def the_file(bench: Bench) -> LeadFile:
    """The only file there is."""
    async with bench.database.transaction() as session:
        return (await session.execute(select(LeadFile))).scalar_one()


async def content_of(bench: Bench) -> bytes:
    """What was kept, opened."""
    file = await the_file(bench)
    assert file.state is FileState.KEPT
    assert file.content is not None
    return keyring().open(file.content, "lead_file.content")


async def test_a_photo_is_kept_without_its_place_and_device(bench: Bench) -> None:
    await sent_with_a_lead(bench, photo_of_a_phone())
    await bench.program.keeper.keep_waiting()
    kept = await content_of(bench)
    for mark in (MAKER, COMMENT, b"Exif", b"xmp", b"GPS"):
        assert mark not in kept
    with Image.open(io.BytesIO(kept)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (60, 40))
        assert dict(picture.getexif()) == {}
        assert not {"exif", "xmp", "comment", "icc_profile"} & set(picture.info)


async def test_what_is_kept_is_ciphertext_in_the_database(bench: Bench) -> None:
    await sent_with_a_lead(bench, photo_of_a_phone())
    await bench.program.keeper.keep_waiting()
    async with bench.database.transaction() as session:
        stored = (await session.execute(select(type_coerce(LeadFile.content, LargeBinary)))).scalar_one()
    assert b"JFIF" not in stored
    assert stored.startswith(keyring().first_id)


@pytest.mark.parametrize(("orientation", "corner"), [(1, (5, 5)), (3, (55, 35)), (6, (35, 5)), (8, (5, 55))])
def test_a_photo_stands_upright_without_the_mark_that_said_how(orientation: int, corner: tuple[int, int]) -> None:
    with Image.open(io.BytesIO(clean_picture(photo_of_a_phone(orientation)))) as picture:
        red, green, _ = picture.convert("RGB").getpixel(corner)  # type: ignore[misc]
    assert red > 200
    assert green < 60


def test_a_large_photo_becomes_as_large_as_telegram_keeps_one() -> None:
    with Image.open(io.BytesIO(clean_picture(photo_of_a_phone(size=(6000, 4000))))) as picture:
        assert max(picture.size) == LONGEST_SIDE


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_other_pictures_become_jpegs_on_white(form: str) -> None:
    file = io.BytesIO()
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(file, form)
    with Image.open(io.BytesIO(clean_picture(file.getvalue()))) as picture:
        assert (picture.format, picture.convert("RGB").getpixel((3, 3))) == ("JPEG", (255, 255, 255))


@pytest.mark.parametrize(
    "content",
    [b"this is a text", b"", b"\xff\xd8\xff\xe0", b"GIF89a" + bytes(50), b"%PDF-1.7", OGG, bomb()],
    ids=["text", "nothing", "beginning", "gif", "pdf", "voice", "bomb"],
)
def test_what_is_no_picture_of_ours_is_not_decoded(content: bytes) -> None:
    with pytest.raises(NotWhatItSaysError):
        clean_picture(content)


def test_a_picture_that_is_cut_off_is_refused_wherever_it_is_cut() -> None:
    whole = photo_of_a_phone(size=(600, 400))
    for part in (1, 4, 8, 15):
        with pytest.raises(NotWhatItSaysError):
            clean_picture(whole[: len(whole) * part // 16])


@pytest.mark.parametrize("content", [b"a text", photo_of_a_phone()[:-900], bomb()], ids=["text", "cut", "bomb"])
async def test_a_file_that_only_pretends_is_refused_and_its_sender_hears_of_it(bench: Bench, content: bytes) -> None:
    await sent_with_a_lead(bench, content)
    await bench.program.keeper.keep_waiting()
    assert (await the_file(bench)).state is FileState.REFUSED
    await bench.deliverer.deliver_all()
    (told,) = bench.person(WORKER).reads()
    assert "一张照片没有保存，请再发一次" in told.text
    assert len(told.labels) == 1
    bench.all_unread()


async def test_a_file_of_50_megabytes_is_refused(bench: Bench) -> None:
    await sent_with_a_lead(bench, photo_of_a_phone() + bytes(49 * 1024 * 1024))
    await bench.program.keeper.keep_waiting()
    assert (await the_file(bench)).state is FileState.REFUSED
    await bench.deliverer.deliver_all()
    bench.all_unread()


async def test_a_file_that_is_larger_than_was_said_is_not_held(bench: Bench) -> None:
    await sent_with_a_lead(bench, photo_of_a_phone() + bytes(300_000))
    source = bench.program.keeper._source
    assert (await source.fetch((await the_file(bench)).file_id, 100_000)).outcome.value == "too_large"
    stored = next(iter(bench.box.world.files.values()))
    stored.size = 1
    assert (await source.fetch((await the_file(bench)).file_id, 100_000)).outcome.value == "too_large"


async def test_a_voice_message_is_kept_and_a_false_one_is_not(bench: Bench) -> None:
    await sent_with_a_lead(bench, OGG, FileKind.VOICE, "a.oga")
    await bench.program.keeper.keep_waiting()
    assert await content_of(bench) == OGG


async def test_a_voice_message_that_is_none_is_refused(bench: Bench) -> None:
    await sent_with_a_lead(bench, b"RIFF" + bytes(100), FileKind.VOICE, "a.oga")
    await bench.program.keeper.keep_waiting()
    await bench.deliverer.deliver_all()
    (told,) = bench.person(WORKER).reads()
    assert "一条语音没有保存" in told.text
    bench.all_unread()


async def test_an_outage_of_telegram_delays_the_copy_and_loses_nothing(bench: Bench) -> None:
    await sent_with_a_lead(bench, photo_of_a_phone())
    bench.box.fault("server_error", method="getFile", count=2)
    for _ in range(3):
        await bench.program.keeper.keep_waiting()
    assert (await the_file(bench)).attempts == 1  # it waits before it tries again
    bench.pass_time(seconds=10)
    await bench.program.keeper.keep_waiting()
    await bench.restart()
    await bench.program.keeper.keep_waiting()
    assert (await the_file(bench)).state is FileState.KEPT


async def test_a_file_that_telegram_gives_no_more_is_lost_with_a_word(bench: Bench) -> None:
    await sent_with_a_lead(bench, photo_of_a_phone())
    bench.box.world.files.clear()
    await bench.program.keeper.keep_waiting()
    assert (await the_file(bench)).state is FileState.LOST
    await bench.deliverer.deliver_all()
    assert "请再发一次" in bench.person(WORKER).reads()[0].text
    bench.all_unread()


async def test_after_a_day_of_trying_a_file_is_lost(bench: Bench) -> None:
    await sent_with_a_lead(bench, photo_of_a_phone())
    bench.box.fault("server_error", method="getFile", count=MOST_TRIES + 1)
    for _ in range(MOST_TRIES):
        await bench.program.keeper.keep_waiting()
        bench.pass_time(minutes=31)
    assert (await the_file(bench)).state is FileState.LOST
    await bench.deliverer.deliver_all()
    bench.all_unread()


class Killed(BaseException):
    """What no handler of ours sees: the program is gone."""


async def test_a_file_that_ends_the_program_is_given_up_after_three_times(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sent_with_a_lead(bench, photo_of_a_phone())
    await sent_with_a_lead(bench, OGG, FileKind.VOICE, "a.oga")

    def dies(_content: bytes) -> bytes:
        raise Killed

    monkeypatch.setattr("scheduler.kept_files.clean_picture", dies)
    for _ in range(MOST_BEGUN):
        with pytest.raises(Killed):
            await bench.program.keeper.keep_waiting()
        await bench.restart()
    await bench.program.keeper.keep_waiting()
    async with bench.database.transaction() as session:
        files = (await session.execute(select(LeadFile).order_by(LeadFile.id))).scalars()  # type: ignore[arg-type]
        assert [(one.state, one.attempts) for one in files] == [(FileState.REFUSED, 4), (FileState.KEPT, 1)]
    await bench.deliverer.deliver_all()
    assert any("请再发一次" in said.text for said in bench.person(WORKER).reads())
    bench.all_unread()


async def test_two_processes_that_fetch_the_same_file_keep_it_once(bench: Bench) -> None:
    await sent_with_a_lead(bench, photo_of_a_phone())
    keeper = bench.program.keeper
    async with bench.database.transaction() as session:
        (item,) = await keeper._waiting(session, Shelf.LEAD)
    await asyncio.gather(keeper._keep(item), keeper._keep(item))
    assert (await the_file(bench)).state is FileState.KEPT


async def test_whoever_may_read_the_lead_sees_its_files_and_they_vanish(bench: Bench) -> None:
    lead_id = await sent_with_a_lead(bench, photo_of_a_phone())
    await bench.program.keeper.keep_waiting()
    await bench.deliverer.deliver_all()
    head = bench.person(HEAD)
    bell = head.reads()[-1]
    bench.all_unread()
    before = {message["message_id"] for message in bench.box.messages(HEAD)}
    count, shown = await head.press_data(bell.message_id, f"lead:files:{lead_id}")
    assert "1 个文件" in count.text
    assert "门口 <b>" in shown.text
    assert shown.raw["has_protected_content"]
    assert shown.raw["photo"]
    bench.pass_time(minutes=10)
    await bench.vanisher.delete_due()
    assert {message["message_id"] for message in bench.box.messages(HEAD)} == before


async def test_nobody_else_sees_them(bench: Bench) -> None:
    lead_id = await sent_with_a_lead(bench, photo_of_a_phone())
    await bench.program.keeper.keep_waiting()
    other = bench.person(OTHER_WORKER)
    card = await other.say("/me")
    for number in (lead_id, 7777, 0):
        assert await other.press_data(card.message_id, f"lead:files:{number}") == []
        assert other.toast()
    await bench.deliverer.deliver_all()
    bench.all_unread()
