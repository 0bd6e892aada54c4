"""The case file (调解卷宗) as Word opens it: complete, only for those who answer for the case, and written down."""

import io
import zipfile
from dataclasses import fields

import pytest
from docx import Document
from sqlalchemy import select
from sqlmodel import col

from domain.usecases.dispute_history import note_dispute
from domain.usecases.kept_files import Shelf
from handlers.case_file import CaseFile
from messages.documents import document_blanks
from messages.render import LOCALES
from models.confidential import DisputeGround, DisputeRead
from models.dispute import Dispute, DisputeEntryKind
from models.keyring import keyring
from models.lead import FileKind, FileState
from models.mediation import Agreement, AttemptResult, DisputeFile
from models.member import Member
from tests.support.county import AUDITOR, HEAD, INSTRUCTOR, OTHER_WORKER, WORKER
from tests.support.dispute_cases import (
    FEELINGS,
    MATTER,
    PROMISE,
    accepted,
    attempted,
    frozen,
    opens,
    read_all,
    registered,
)
from tests.support.hands import PNG, Bench, Said
from tests.support.ladder import (
    GROUP_WORKER,
    a_dispute,
    actor_of,
    add_ladder,
    dispute_of,
    history,
    past_the_morning,
)

HOME = "T-A-01-001"


async def a_case(bench: Bench, *results: AttemptResult) -> int:
    """A case of the first grid that its worker accepts, with these attempts."""
    await past_the_morning(bench)
    number = await a_dispute(bench, by=WORKER, household=HOME)
    await accepted(bench, WORKER, number)
    for result in results:
        await attempted(bench, WORKER, number, result)
    await read_all(bench)
    return number


async def takes(bench: Bench, who: int, number: int) -> tuple[Said, bytes]:
    """Somebody takes the file from the card: what stands below it, and its bytes."""
    await opens(bench, who, number)
    said = await bench.person(who).press("调解卷宗")
    document = said.raw["document"]
    assert document["file_name"] == f"{(await dispute_of(bench, number)).code}.docx"
    world = bench.box.world
    return said, world.blobs[world.files[document["file_id"]].blob]


def words(content: bytes) -> str:
    """All words of a Word file, those in tables too."""
    document = Document(io.BytesIO(content))
    lines = [paragraph.text for paragraph in document.paragraphs]
    lines += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    lines += [paragraph.text for paragraph in document.sections[0].header.paragraphs]
    return "\n".join(lines)


async def test_it_holds_everything_that_was_written_down(bench: Bench) -> None:
    number = await a_case(bench, AttemptResult.ABSENT, AttemptResult.FAILED, AttemptResult.AGREED)
    _, content = await takes(bench, WORKER, number)
    text, code = words(content), (await dispute_of(bench, number)).code
    for word in (
        *("调解卷宗", code, "邻里矛盾", "已达成协议", "上门反映", "网格员 陈秀兰", "王秀英", "东关村1号"),
        *(
            "两家为了院墙争执",
            "冯大山",
            "把墙退回来",
            "外村的老黄",
            "第 1 次",
            "第 3 次",
            "有人没来",
            "没有调成（计一次）",
        ),
        *(MATTER, FEELINGS, PROMISE, "面对面", "没有申请司法确认", "没有回访记录", "还没有结案", "登记", "受理"),
    ):
        assert word in text, word
    assert "{{" not in text
    assert "{%" not in text


async def test_that_it_was_taken_stands_in_both_logs_and_in_the_history(bench: Bench) -> None:
    number = await a_case(bench)
    said, content = await takes(bench, HEAD, number)
    assert "妥善保管" in said.text
    assert "保管" not in str(said.raw.get("protect_content", ""))
    assert (await history(bench, number))[-1] == "exported"
    async with bench.database.transaction() as session:
        query = select(DisputeRead).where(col(DisputeRead.dispute_id) == number).order_by(col(DisputeRead.id))
        reads = list((await session.execute(query)).scalars())
    assert [(read.ground, read.exported) for read in reads] == [(DisputeGround.HEAD, False), (DisputeGround.HEAD, True)]
    assert "查阅" not in words(content)  # who has read the case is no part of it


async def test_it_leaves_the_chat_by_itself(bench: Bench) -> None:
    number = await a_case(bench)
    said, _ = await takes(bench, WORKER, number)
    bench.pass_time(minutes=bench.policy.details_minutes + 1)
    await bench.vanisher.delete_due()
    left = [message["message_id"] for message in bench.box.messages(WORKER)]
    assert said.message_id not in left


async def test_a_case_without_any_attempt_has_a_file_that_says_so(bench: Bench) -> None:
    number = await a_case(bench)
    _, content = await takes(bench, INSTRUCTOR, number)
    text = words(content)
    for word in ("没有调解记录", "没有达成协议", "没有回访记录", "还没有结案", "没有照片"):
        assert word in text, word


async def test_two_hundred_parties_all_stand_in_it(bench: Bench) -> None:
    await past_the_morning(bench)
    parties = [(f"业主{place}", None, place % 2 == 0, "返还物业费" * 40) for place in range(1, 201)]
    number = await registered(bench, WORKER, parties)
    await read_all(bench)
    _, content = await takes(bench, WORKER, number)
    text = words(content)
    assert all(f"业主{place}\n" in text for place in range(1, 201))
    assert text.count("没有同意联系，请不要联系") == 100
    assert "200（群体性）" in text


async def test_what_people_paste_does_not_break_the_file(bench: Bench) -> None:
    await past_the_morning(bench)
    nasty = "<b>第一行</b>\n第二行 {{ 7*7 }} {% for %} & \x0b\x0c\x07\x1f]]> 完"
    number = await registered(bench, WORKER, [("<老黄>&", "\x01电话", True, nasty)], facts=nasty)
    await read_all(bench)
    _, content = await takes(bench, WORKER, number)
    text = words(content)
    assert "<老黄>&" in text
    assert "<b>第一行</b>\n第二行 {{ 7*7 }} {% for %} & ]]> 完" in text


async def test_the_pictures_are_in_it(bench: Bench) -> None:
    number = await a_case(bench)
    sender = (await actor_of(bench, WORKER)).member_id
    async with bench.database.transaction() as session:
        session.add_all(
            DisputeFile(
                dispute_id=number, kind=FileKind.PHOTO, file_id=f"f{place}", caption=caption, sent_by_id=sender,
                state=FileState.KEPT, content=keyring().seal(content, Shelf.DISPUTE.content),
            )
            for place, (caption, content) in enumerate([("签字的协议", PNG), ("坏的照片", b"no picture")])
        )  # fmt: skip
    _, content = await takes(bench, WORKER, number)
    text = words(content)
    assert "签字的协议" in text
    assert "无法显示" in text
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert [name for name in archive.namelist() if name.startswith("word/media/")]


async def test_the_signed_agreement_comes_first_then_the_newest_and_voices_are_counted(bench: Bench) -> None:
    number = await a_case(bench, AttemptResult.AGREED)
    sender = (await actor_of(bench, WORKER)).member_id
    sealed = keyring().seal(PNG, Shelf.DISPUTE.content)
    async with bench.database.transaction() as session:
        agreed = (await session.execute(select(col(Agreement.mediation_id)))).scalar_one()
        kept: list[tuple[FileKind, str, int | None]] = [(FileKind.PHOTO, "签字的协议", agreed)]
        kept += [(FileKind.PHOTO, f"现场{place}", None) for place in range(13)]
        kept += [(FileKind.VOICE, "录音", None)] * 2
        session.add_all(
            DisputeFile(
                dispute_id=number, kind=kind, file_id=f"f{place}", caption=caption, sent_by_id=sender,
                state=FileState.KEPT, content=sealed, mediation_id=mediation,
            )
            for place, (kind, caption, mediation) in enumerate(kept)
        )  # fmt: skip
    _, content = await takes(bench, WORKER, number)
    text = words(content)
    shown = [line for line in text.split("\n") if line.startswith(("签字的协议", "现场"))]
    assert shown == ["签字的协议", *(f"现场{place}" for place in range(12, 1, -1))]
    assert "另有 2 张照片" in text
    assert "另有 2 段语音" in text
    assert "无法显示" not in text
    assert "录音" not in text


async def test_the_parties_sign_the_agreement_and_not_the_whole_file(bench: Bench) -> None:
    number = await a_case(bench, AttemptResult.ABSENT)
    _, content = await takes(bench, WORKER, number)
    assert "当事人（签字）" not in words(content)
    await attempted(bench, WORKER, number, AttemptResult.AGREED)
    await read_all(bench)
    _, content = await takes(bench, WORKER, number)
    lines = [paragraph.text for paragraph in Document(io.BytesIO(content)).paragraphs]
    places = [lines.index(line) for line in ("四、调解协议", "当事人（签字）：", "五、回访")]
    assert places == sorted(places)
    assert lines.count("当事人（签字）：") == 1


async def test_why_somebody_stood_back_and_old_telephones_are_not_in_it(bench: Bench) -> None:
    number = await a_case(bench)
    async with bench.database.transaction() as session:
        dispute = await session.get_one(Dispute, number)
        for kind, body in ((DisputeEntryKind.PARTY, "13911112222 → —"), (DisputeEntryKind.RECUSED, "是他的表姐")):
            await note_dispute(session, dispute, kind, actor=None, now=bench.clock.now, body=body)
    _, content = await takes(bench, WORKER, number)
    text = words(content)
    assert "回避" in text
    assert "表姐" not in text
    assert "13911112222" not in text


async def test_it_says_who_was_told_and_claims_of_nobody_to_have_come(bench: Bench) -> None:
    number = await a_case(bench, AttemptResult.FAILED)
    _, content = await takes(bench, WORKER, number)
    cells = words(content).split("\n")
    assert "通知/邀请" in cells
    assert "参加" not in cells


async def test_it_is_in_the_language_of_whoever_takes_it(bench: Bench) -> None:
    number = await a_case(bench, AttemptResult.FAILED)
    async with bench.database.transaction() as session:
        query = select(Member).where(col(Member.telegram_id) == WORKER)
        (await session.execute(query)).scalar_one().locale = "en"
    await opens(bench, WORKER, number)
    said = await bench.person(WORKER).press("Case file")
    world = bench.box.world
    text = words(world.blobs[world.files[said.raw["document"]["file_id"]].blob])
    for word in ("Mediation case file", "failed (counted)", "21 November 2026", "No agreement was reached."):
        assert word in text, word


async def test_a_frozen_case_has_one_too(bench: Bench) -> None:
    number = await a_case(bench, AttemptResult.FAILED)
    await frozen(bench, WORKER, number)
    await read_all(bench)
    _, content = await takes(bench, WORKER, number)
    assert "已停止调解" in words(content)


async def test_nobody_takes_it_who_does_not_answer_for_the_case(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    await accepted(bench, GROUP_WORKER, number)
    await attempted(bench, GROUP_WORKER, number)
    await attempted(bench, GROUP_WORKER, number)  # it has climbed: she follows it now
    await read_all(bench)
    for who in (GROUP_WORKER, OTHER_WORKER, AUDITOR):
        person = bench.person(who)
        hello = await person.say("/help")
        assert await person.press_data(hello.message_id, f"disp:file:{number}") == []
        assert "不在您的范围" in person.toast()
    assert "exported" not in await history(bench, number)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_template_of_each_language_uses_every_field_and_no_other(locale: str) -> None:
    assert document_blanks(CaseFile, locale) == {field.name for field in fields(CaseFile)}
