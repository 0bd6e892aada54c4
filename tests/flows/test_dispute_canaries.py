"""Canaries in disputes: what is written of them is shown to whoever may see it, and stands nowhere else."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from handlers.disputes import AT_ONCE, BEGINS
from handlers.flows import dispnote
from models.confidential import Recusal
from models.dispute import Dispute, DisputeEntry, DisputeParty
from models.household import Household, Resident
from models.mediation import Agreement, DisputeFile, Mediation
from models.outbox import OutboxMessage
from models.referral import Referral
from tests.support.canaries import DISPUTE, HOUSE, Logs, Watch, dumped, mark, marks_in, marks_in_bytes, whole_log
from tests.support.county import (
    ADMIN,
    AUDITOR,
    ENGLISH,
    EXPERT,
    HEAD,
    INSTRUCTOR,
    OTHER_HEAD,
    OTHER_WORKER,
    TOWNSHIP,
    UNIT,
    WORKER,
)
from tests.support.dispute_stages import BEGINNINGS, agreed, button_of, mediating, taken_on
from tests.support.filling_in import fills_in
from tests.support.hands import Bench
from tests.support.ladder import dispute_of, past_the_morning
from tests.support.matters import forges, look_away
from tests.support.registering import the_dispute, to_the_parties
from tests.support.reports import presses

SAID = {"facts", "spot", "party", "outsider", "partyphone", "wish"}
OF_THE_HOUSE = {"housename", "housedoor"}
HELD = {"matter", "feelings", "promises", "meetingplace"}
NOT_HERS = (OTHER_WORKER, ENGLISH, ADMIN, OTHER_HEAD, AUDITOR, EXPERT, UNIT, TOWNSHIP)


@pytest.fixture
def logs() -> Iterator[Logs]:
    """Everything that is logged."""
    with whole_log() as both:
        yield both


@pytest.fixture
async def quiet(bench: Bench) -> AsyncIterator[Bench]:
    """Nothing is unread before the test, and whatever it leaves is read afterwards."""
    yield bench
    bench.all_unread()


async def marked(bench: Bench, number: int) -> None:
    """Put a mark into every field of the case that somebody has filled in."""
    fields: dict[type[Any], dict[str, str]] = {
        Dispute: {"facts": "facts", "place": "spot"},
        DisputeEntry: {"body": "history"},
        Mediation: {"matter": "matter", "feelings": "feelings", "promises": "promises", "place": "meetingplace"},
        Agreement: {"text": "agreement"},
        Recusal: {"reason": "recusal"},
        Referral: {"request": "askedfor", "reply": "answered"},
        DisputeFile: {"caption": "written"},
    }
    async with bench.database.transaction() as session:
        for table, names in fields.items():
            for row in (await session.execute(select(table))).scalars():
                for field, name in names.items():
                    setattr(row, field, mark(name))
        parties = select(DisputeParty).where(col(DisputeParty.dispute_id) == number).order_by(col(DisputeParty.id))
        for name, party in zip(("party", "outsider"), (await session.execute(parties)).scalars(), strict=True):
            party.name, party.phone, party.wishes = mark(name), mark("partyphone"), mark("wish")
        dispute = await session.get_one(Dispute, number)
        home = await session.get_one(Household, dispute.household_id)
        home.name, home.address = mark("housename"), mark("housedoor")
        for resident in (await session.execute(select(Resident))).scalars():
            resident.phone = mark("housephone")


async def nothing_is_left(bench: Bench, watch: Watch, logs: Logs, safety: dict[int, set[str]] | None = None) -> None:
    """Everything is delivered, the minutes are over: no notice has told, and nothing stands anywhere.

    `safety`: the question that comes before every registration stays; it names what is no dispute, to everybody alike.
    """
    await look_away(bench)
    await bench.tick()
    assert watch.heard() == {}, "a notice tells"
    bench.pass_time(minutes=10)
    await bench.vanisher.delete_due()
    assert watch.left() == (safety or {}), "something stays in a chat"
    assert marks_in("\n".join([*watch.buttons, *watch.toasts])) == set()
    assert marks_in(logs.ours.getvalue()) == marks_in(logs.plain.getvalue()) == set()
    assert marks_in_bytes(await dumped(bench.database)) <= set(HOUSE)
    async with bench.database.transaction() as session:
        posted = [f"{row.payload}{row.dedupe_key}" for row in (await session.execute(select(OutboxMessage))).scalars()]
    assert marks_in("\n".join(posted)) == set()
    bench.all_unread()


@pytest.mark.parametrize("what", BEGINNINGS)
async def test_what_is_asked_and_written_is_shown_to_its_writer_alone_and_leaves_her_chat(
    quiet: Bench, logs: Logs, what: str
) -> None:
    bench, beginning = quiet, BEGINNINGS[what]
    number = await beginning.stage(bench)
    await marked(bench, number)
    watch, person = Watch(bench), bench.person(beginning.who)
    watch.heard()
    (question,) = await forges(person, await button_of(bench, what, number))
    summary = await fills_in(person, question, mark("written"))
    assert set(watch.heard()) <= {beginning.who}
    receipt = await person.press_data(summary.message_id, summary.button("保存"))
    assert receipt
    assert watch.heard() == {}, "the receipt tells"
    await nothing_is_left(bench, watch, logs)


async def test_a_registration_is_shown_to_the_registrar_alone_and_is_kept_for_whoever_has_the_keys(
    quiet: Bench, logs: Logs
) -> None:
    bench = quiet
    await past_the_morning(bench)
    watch, worker = Watch(bench), bench.person(WORKER)
    await to_the_parties(worker)
    await worker.say(f"{mark('party')} 13800000001\n{mark('outsider')}")
    await presses(worker, "都写好了", "都同意", "完成", "跳过", "跳过")
    question = await worker.say(mark("facts"))
    summary = await fills_in(worker, question, mark("spot"))
    await worker.press_data(summary.message_id, summary.button("保存"))
    heard = watch.heard()
    assert set(heard) == {WORKER}
    assert heard[WORKER] >= {"party", "outsider", "facts"}
    await nothing_is_left(bench, watch, logs, {WORKER: {"category"}})
    assert (await the_dispute(bench)).facts == mark("facts")


async def test_who_may_see_it_sees_it_and_who_merely_asks_for_it_finds_nothing(quiet: Bench, logs: Logs) -> None:
    bench, number = quiet, await agreed(quiet)
    await marked(bench, number)
    watch = Watch(bench)
    watch.heard()
    head = bench.person(HEAD)
    await forges(head, f"disp:show:{number}")
    assert watch.heard() == {HEAD: {*SAID, *OF_THE_HOUSE, "agreement"}}
    await forges(head, f"disp:parties:{number}")
    assert watch.heard() == {HEAD: {"party", "outsider", "partyphone", "wish"}}
    page = (await forges(head, f"disp:line:{number}"))[-1]
    await head.press_data(page.message_id, f"disp:line:{number}:0")
    assert watch.heard()[HEAD] >= {"history"}
    await forges(head, f"disp:file:{number}")
    assert watch.heard() == {}, "the words below a case file tell nothing of it"
    code = (await dispute_of(bench, number)).code
    for who in NOT_HERS:
        person = bench.person(who)
        hello = (await person.say_all("/help"))[-1]
        for what in (*AT_ONCE, *BEGINS):
            await person.press_data(hello.message_id, f"disp:{what}:{number}")
        for word in (code, "/disputes", "/reads", "/asked", "/drafts", f"/glass {code}", "/cancel"):
            await person.say_all(word)
    assert watch.heard() == {}
    await nothing_is_left(bench, watch, logs)


async def test_an_expert_sees_the_one_case_and_nothing_of_who_works_on_it(quiet: Bench, logs: Logs) -> None:
    bench, number = quiet, await taken_on(quiet)
    await marked(bench, number)
    watch, expert = Watch(bench), bench.person(EXPERT)
    watch.heard()
    (card,) = await forges(expert, f"disp:show:{number}")
    assert watch.heard() == {EXPERT: {*SAID, *OF_THE_HOUSE}}
    assert "王建国" not in card.text  # who has it
    await forges(expert, f"disp:line:{number}")
    await forges(expert, f"disp:file:{number}")
    assert watch.heard() == {}
    await nothing_is_left(bench, watch, logs)


async def test_a_group_hears_nothing(quiet: Bench) -> None:
    bench = quiet
    bench.box.add_group("东关村", [WORKER, HEAD], bot_admin=True)
    number = await mediating(bench)
    await marked(bench, number)
    watch = Watch(bench)
    watch.heard()
    (group,) = [chat for chat in bench.box.world.chats if chat < 0]
    for word in ((await dispute_of(bench, number)).code, mark("facts"), "/disputes", "/dispute"):
        bench.box.act(HEAD, group, "text", text=word)
    await bench.settle()
    await look_away(bench)
    assert not [one for one in bench.box.messages(group) if one["from"]["is_bot"] and "text" in one]
    assert watch.heard() == {}


async def test_a_fault_in_the_middle_logs_its_kind_and_not_the_words(
    quiet: Bench, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, number = quiet, await mediating(quiet)

    async def fails(*_: Any, body: str, **__: Any) -> None:
        raise RuntimeError(f"cannot write {body}")

    monkeypatch.setattr(dispnote, "add_dispute_note", fails)
    person = bench.person(INSTRUCTOR)
    (question,) = await forges(person, f"disp:note:{number}")
    summary = await fills_in(person, question, mark("written"))
    said = await person.press_data(summary.message_id, summary.button("保存"))
    assert not marks_in("\n".join(one.text for one in said))
    assert "RuntimeError" in logs.ours.getvalue()
    assert marks_in(logs.ours.getvalue()) == set()
    assert "written" in marks_in(logs.plain.getvalue())  # it was there to be told
    assert marks_in_bytes(await dumped(bench.database)) == set()


def test_every_mark_is_used() -> None:
    assert {*SAID, *HELD, "agreement", "written", "history", "recusal", "askedfor", "answered"} == set(DISPUTE)
