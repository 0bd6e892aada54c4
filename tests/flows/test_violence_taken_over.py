"""What a dispute knows goes on to its red lead: into its timeline and among its files, and nothing is lost."""

from uuid import uuid4

from sqlalchemy import select
from sqlmodel import col

from domain.usecases.disputes import DisputeFacts, PartyFacts, mediable_matter, register_dispute
from domain.usecases.kept_files import Shelf, keep_file
from models.dispute import DisputeEntryKind, DisputeSource
from models.keyring import keyring
from models.lead import EntryKind, FileKind, FileState, Lead, LeadEntry, LeadFile
from models.mediation import AttemptResult, DisputeFile
from tests.flows.test_dispute_violence import taken_up
from tests.support.attempts import accept, attempt
from tests.support.county import HEAD, INSTRUCTOR, WORKER
from tests.support.dispute_life import agreed, begins, does, entries
from tests.support.hands import Bench
from tests.support.ladder import GROUP_WORKER, actor_of, add_ladder, dispute_of
from tests.support.matters import forges, look_away, takes

FACTS = "院墙的事说来话长。" * 165 + "最后一句：他砸了门"
NEWS = "老人说他夜里拍门"
FROZEN = "案子已发现暴力"


async def mediated(bench: Bench, facts: str = "两家为了院墙争执") -> int:
    """A dispute with two parties and their wishes, in mediation."""
    await add_ladder(bench)
    actor = await actor_of(bench, GROUP_WORKER)
    async with bench.database.transaction() as session:
        dispute = await register_dispute(
            session,
            actor=actor,
            facts=DisputeFacts(
                matter=mediable_matter("neighbours", None, bench.policy),
                source=DisputeSource.OFFICE,
                facts=facts,
                parties=(
                    PartyFacts("冯大山", consent=True, wishes="把墙退回来"),
                    PartyFacts("黄二嫂", consent=True, wishes="别再吓孩子"),
                ),
                household_id=None,
            ),
            conversation_id=str(uuid4()),
            now=bench.clock(),
            policy=bench.policy,
        )
        number = dispute.id
    await accept(bench, number, GROUP_WORKER)
    await look_away(bench)
    return number


async def freezes(bench: Bench, number: int, who: int = GROUP_WORKER) -> Lead:
    """Somebody says that violence has come to light; the red lead."""
    await begins(bench.person(who), "violence", number)
    await bench.person(who).press("保存")
    dispute = await dispute_of(bench, number)
    async with bench.database.transaction() as session:
        return await session.get_one(Lead, dispute.red_lead_id)


async def notes(bench: Bench, lead: Lead) -> list[LeadEntry]:
    """The notes of the lead's timeline."""
    query = select(LeadEntry).where(col(LeadEntry.lead_id) == lead.id, col(LeadEntry.kind) == EntryKind.NOTE)
    async with bench.database.transaction() as session:
        return list((await session.execute(query.order_by(col(LeadEntry.id)))).scalars())


async def test_whoever_helps_reads_all_that_the_dispute_knows(bench: Bench) -> None:
    number = await mediated(bench, FACTS)
    await attempt(bench, number, GROUP_WORKER, AttemptResult.FAILED)
    await does(bench.person(GROUP_WORKER), "note", number, note=NEWS)
    lead = await freezes(bench, number)
    taken = await notes(bench, lead)
    assert max(len(entry.body or "") for entry in taken) <= 800  # as much as a page of the timeline shows of one
    told = "".join(entry.body or "" for entry in taken)
    assert FACTS in told
    for known in ("冯大山：把墙退回来", "黄二嫂：别再吓孩子", "院墙占了通道", "积怨多年，先让双方把话说完", NEWS):
        assert known in told, known
    await look_away(bench)
    head = bench.person(HEAD)
    await takes(bench, head, lead)
    pages = [await forges(head, f"lead:line:{lead.id}:{page}") for page in range(4)]
    shown = "".join(said.text for page in pages for said in page)
    for known in ("他砸了门", "把墙退回来", "别再吓孩子", "院墙占了通道", NEWS):
        assert known in shown, known
    await look_away(bench)


async def test_a_dispute_of_few_words_adds_no_more_than_what_the_card_lacks(bench: Bench) -> None:
    number = await mediated(bench)
    lead = await freezes(bench, number)
    assert [entry.body for entry in await notes(bench, lead)] == ["冯大山：把墙退回来\n\n黄二嫂：别再吓孩子"]
    await look_away(bench)


async def test_its_pictures_are_the_leads_as_well(bench: Bench) -> None:
    number = await mediated(bench)
    member = (await actor_of(bench, GROUP_WORKER)).member_id
    async with bench.database.transaction() as session:
        files = [
            DisputeFile(dispute_id=number, kind=FileKind.PHOTO, file_id=name, caption=name, sent_by_id=member)
            for name in ("kept", "waits")
        ]
        session.add_all(files)
        await session.flush()
        await keep_file(session, files[0].id, b"picture", Shelf.DISPUTE)
    lead = await freezes(bench, number)
    async with bench.database.transaction() as session:
        copies = list((await session.execute(select(LeadFile).order_by(col(LeadFile.id)))).scalars())
    assert [(one.lead_id, one.file_id, one.caption, one.state) for one in copies] == [
        (lead.id, "kept", "kept", FileState.KEPT),
        (lead.id, "waits", "waits", FileState.WAITING),
    ]
    assert copies[0].content is not None
    assert keyring().open(copies[0].content, Shelf.LEAD.content) == b"picture"
    await look_away(bench)


async def test_violence_in_the_middle_of_a_record_keeps_the_draft_and_the_record_goes_on_to_the_lead(
    bench: Bench,
) -> None:
    number = await mediated(bench)
    worker = bench.person(GROUP_WORKER)
    await begins(worker, "record", number)
    for label in ("没有调成", "面对面"):
        question = await worker.press(label)
    assert "先取消" not in question.text
    said = await worker.say("她说他动了手")  # the matter; the feelings are asked next
    card = await worker.press("发现暴力")  # at once: no question what is to become of the draft
    assert "110" in card.text
    assert "她说他动了手" not in card.text
    assert said.message_id
    await worker.press("保存")
    lead = await freezes_of(bench, number)
    await look_away(bench)
    await worker.say("/drafts")
    await worker.press("▶")
    await worker.press("跳过")
    while "保存" not in "".join(worker.newest_with("稍后再填").labels):
        await worker.press("跳过")
    receipt = await worker.press("保存")
    assert FROZEN in receipt.text
    assert "她说他动了手" in [entry.body for entry in await entries(bench, number, DisputeEntryKind.LATE_RECORD)]
    assert "她说他动了手" in [entry.body for entry in await notes(bench, lead)]
    await look_away(bench)


async def freezes_of(bench: Bench, number: int) -> Lead:
    """The red lead of a dispute that is frozen."""
    dispute = await dispute_of(bench, number)
    async with bench.database.transaction() as session:
        return await session.get_one(Lead, dispute.red_lead_id)


async def test_a_note_that_shows_violence_is_kept_too(bench: Bench) -> None:
    number = await mediated(bench)
    worker = bench.person(GROUP_WORKER)
    question = await begins(worker, "note", number)
    assert "退出" not in question.text
    assert "发现暴力" in "".join(question.labels)
    await worker.say(NEWS)
    await worker.press("发现暴力")
    await worker.press("保存")
    lead = await freezes_of(bench, number)
    await look_away(bench)
    await worker.say("/drafts")
    await worker.press("▶")
    receipt = await worker.press("保存")
    assert FROZEN in receipt.text
    assert [entry.body for entry in await entries(bench, number, DisputeEntryKind.LATE_RECORD)] == [NEWS]
    assert NEWS in [entry.body for entry in await notes(bench, lead)]
    await look_away(bench)


async def test_pressed_where_violence_is_known_already_she_goes_on_with_her_words(bench: Bench) -> None:
    number = await mediated(bench)
    worker = bench.person(GROUP_WORKER)
    question = await begins(worker, "note", number)
    await freezes(bench, number, HEAD)
    assert await worker.press_data(question.message_id, f"disp:violence:{number}") == []
    assert "已经停止一切调解" in worker.toast()
    assert NEWS in (await worker.say(NEWS)).text
    await look_away(bench)


async def test_the_first_leads_handler_hears_that_it_has_become_worse(bench: Bench) -> None:
    lead, number = await taken_up(bench)
    red = await freezes(bench, number, WORKER)
    async with bench.database.transaction() as session:
        query = select(LeadEntry).where(col(LeadEntry.lead_id) == lead.id, col(LeadEntry.kind) == EntryKind.LINKED)
        assert [(one.detail, one.body) for one in (await session.execute(query)).scalars()] == [
            ({"case": red.code}, None)
        ]
    await bench.deliverer.deliver_all()
    told = "".join(said.text for said in bench.person(INSTRUCTOR).reads())
    assert lead.code in told
    assert "更严重的情况" in told
    await look_away(bench)


async def test_a_follow_up_that_shows_violence_is_kept_too(bench: Bench) -> None:
    number = await agreed(bench)
    worker = bench.person(GROUP_WORKER)
    await begins(worker, "followup", number)
    await worker.press("在履行")
    await worker.say(NEWS)
    await freezes(bench, number, HEAD)
    receipt = await worker.press("保存")
    assert FROZEN in receipt.text
    assert [entry.body for entry in await entries(bench, number, DisputeEntryKind.LATE_RECORD)] == [NEWS]
    assert NEWS in [entry.body for entry in await notes(bench, await freezes_of(bench, number))]
    await look_away(bench)


async def test_a_child_that_is_concerned_is_said_on_the_card(bench: Bench) -> None:
    number = await mediated(bench)
    worker = bench.person(GROUP_WORKER)
    await begins(worker, "violence", number)
    for label in ("修改", "涉及孩子", "是"):
        card = await worker.press(label)
    assert "按侵害未成年人上报" in card.text
    await worker.press("保存")
    lead = await freezes_of(bench, number)
    assert (lead.item, lead.triage) == ("child_abuse", ["danger", "child"])
    await look_away(bench)
