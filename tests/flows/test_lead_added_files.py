"""A photo or voice message for a lead that is reported already: from its reporter, and from whoever works on it."""

from sqlalchemy import select
from sqlmodel import col

from models.lead import EntryKind, FileKind, FileState, Lead, LeadFile, LeadStage
from tests.scheduler.test_lead_files import OGG, photo_of_a_phone, sent_with_a_lead
from tests.support.alerts import is_kin
from tests.support.county import HEAD, INSTRUCTOR, OTHER_HEAD, WORKER
from tests.support.hands import Bench, Person, Said
from tests.support.leads import a_lead, actor_of
from tests.support.matters import forges, look_away, opens, takes, timeline


async def files_of(bench: Bench, lead_id: int) -> list[LeadFile]:
    """What there is, the oldest first."""
    async with bench.database.transaction() as session:
        query = select(LeadFile).where(col(LeadFile.lead_id) == lead_id).order_by(col(LeadFile.id))
        return list((await session.execute(query)).scalars())


async def sends(person: Person, *, words: str = "") -> Said:
    """A photo and a voice message, and words or none, from the question on."""
    await person.does("document", ("a.jpg", "image/jpeg", photo_of_a_phone()), caption="门口")
    await person.does("voice", ("a.oga", "audio/ogg", OGG))
    summary = await (person.say(words) if words else person.press("发完了"))
    assert "照片：1 张" in summary.text
    assert "语音：1 段" in summary.text
    return await person.press("保存")


async def test_a_reporter_whose_photo_was_not_kept_sends_it_again_from_the_notice(bench: Bench) -> None:
    lead_id = await sent_with_a_lead(bench, b"no picture")
    await bench.program.keeper.keep_waiting()
    await look_away(bench)
    worker = bench.person(WORKER)
    assert "发照片" in (await worker.press("补充情况")).text
    assert "已补充" in (await sends(worker)).text
    await bench.program.keeper.keep_waiting()
    first, *added = await files_of(bench, lead_id)
    assert first.state is FileState.REFUSED
    assert [(one.kind, one.state) for one in added] == [
        (FileKind.PHOTO, FileState.KEPT),
        (FileKind.VOICE, FileState.KEPT),
    ]
    assert added[0].caption == "门口"
    await look_away(bench)


async def test_whoever_works_on_it_adds_files_and_words_from_the_card(bench: Bench) -> None:
    lead = await a_lead(bench)
    await look_away(bench)
    instructor = bench.person(INSTRUCTOR)
    await takes(bench, instructor, lead)
    await opens(instructor, lead)
    await instructor.press("补充情况")
    done = await sends(instructor, words="伤口的照片")
    assert "告诉" not in done.text  # it is she who has it
    await bench.program.keeper.keep_waiting()
    assert [one.state for one in await files_of(bench, lead.id)] == [FileState.KEPT] * 2
    (entry,) = await timeline(bench, lead, EntryKind.NOTE)
    assert (entry.body, entry.detail) == ("伤口的照片", {"reporter": False, "files": 2})
    await look_away(bench)


async def test_whoever_sent_it_hears_that_it_was_not_kept(bench: Bench) -> None:
    lead = await a_lead(bench)
    await look_away(bench)
    instructor = bench.person(INSTRUCTOR)
    await takes(bench, instructor, lead)
    await opens(instructor, lead)
    await instructor.press("补充情况")
    await sends(instructor)
    bench.box.world.files.clear()
    await bench.program.keeper.keep_waiting()
    await bench.deliverer.deliver_all()
    assert ["没有保存，请再发一次" in said.text for said in instructor.reads()] == [True, True]
    assert bench.person(WORKER).reads() == []


async def test_nobody_else_adds_anything(bench: Bench) -> None:
    lead = await a_lead(bench)
    await look_away(bench)
    await is_kin(bench, WORKER, lead.household_id)
    for who in (WORKER, HEAD, OTHER_HEAD):
        person = bench.person(who)
        assert not [said for said in await forges(person, f"lead:note:{lead.id}") if "新情况" in said.text]
    await look_away(bench)


async def test_to_a_closed_lead_nothing_is_added(bench: Bench) -> None:
    lead = await a_lead(bench)
    await look_away(bench)
    who = (await actor_of(bench, INSTRUCTOR)).member_id, (await actor_of(bench, HEAD)).member_id
    async with bench.database.transaction() as session:
        stored = await session.get_one(Lead, lead.id)
        stored.stage, stored.closed_at = LeadStage.CLOSED, bench.clock()
        stored.closing_by_id, stored.closed_by_id = who
    assert not [said for said in await forges(bench.person(WORKER), f"lead:note:{lead.id}") if "新情况" in said.text]
    await look_away(bench)
