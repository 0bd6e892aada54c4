"""A conversation about a dispute that is no longer hers saves nothing, and shows nothing of it any more."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select
from sqlmodel import SQLModel, col

from handlers.disputes import BEGINS
from models.confidential import Recusal
from models.dispute import Dispute, DisputeEntry, DisputeParty
from models.lead import Lead
from models.mediation import Agreement, Mediation
from models.referral import Referral
from tests.support.alerts import change_member, id_of, is_kin, leaves_post
from tests.support.dispute_help import FACTS, PARTY, WISH
from tests.support.dispute_stages import BEGINNINGS, button_of
from tests.support.filling_in import fills_in, offered, step_of
from tests.support.hands import Bench, Said
from tests.support.ladder import dispute_of
from tests.support.matters import forges, look_away

WORDS = "他说夜里又吵到两点"
SECRETS = (FACTS, WISH, PARTY, WORDS, "王秀英", "院墙", "界石")
Loses = Callable[[Bench, int, Dispute], Awaitable[None]]


async def turns_out_to_be_kin(bench: Bench, who: int, dispute: Dispute) -> None:
    """She declares her tie to the household."""
    await is_kin(bench, who, dispute.household_id)


async def is_kept_away(bench: Bench, who: int, dispute: Dispute) -> None:
    """Somebody writes down that she stands back."""
    member = await id_of(bench, who)
    async with bench.database.transaction() as session:
        session.add(Recusal(member_id=member, dispute_id=dispute.id, at=bench.clock(), recorded_by_id=member))


async def loses_her_phone(bench: Bench, who: int, _dispute: Dispute) -> None:
    """A colleague freezes her account."""
    await change_member(bench, who, frozen_at=bench.clock())


async def leaves_her_post(bench: Bench, who: int, _dispute: Dispute) -> None:
    """Her post has ended."""
    await leaves_post(bench, who)


@dataclass(frozen=True, slots=True)
class Stored:
    """How much there is of everything that a conversation could write, and how often the case was changed."""

    rows: tuple[int, ...]
    rev: int
    parties: tuple[tuple[bool, str | None, str | None], ...]


async def stored(bench: Bench, number: int) -> Stored:
    """As it is now."""
    tables: tuple[type[SQLModel], ...] = (DisputeEntry, Mediation, Agreement, Referral, Lead)
    async with bench.database.transaction() as session:
        rows = [(await session.execute(select(func.count()).select_from(table))).scalar_one() for table in tables]
        parties = select(DisputeParty).where(col(DisputeParty.dispute_id) == number).order_by(col(DisputeParty.id))
        people = [(one.consent, one.phone, one.wishes) for one in (await session.execute(parties)).scalars()]
    return Stored(tuple(rows), (await dispute_of(bench, number)).rev, tuple(people))


def tells_nothing(said: list[Said]) -> None:
    """Neither a text nor a button says anything of the case."""
    for one in said:
        shown = "\n".join((one.text, *one.labels))
        assert not [secret for secret in SECRETS if secret in shown], shown


def test_every_conversation_about_a_dispute_is_tried() -> None:
    assert set(BEGINS) | {"ref:decline", "ref:report"} == set(BEGINNINGS)


@pytest.mark.parametrize("loses", [turns_out_to_be_kin, leaves_her_post])
@pytest.mark.parametrize("what", BEGINNINGS)
async def test_what_was_filled_in_while_it_was_hers_is_not_saved_afterwards(
    bench: Bench, what: str, loses: Loses
) -> None:
    beginning = BEGINNINGS[what]
    number = await beginning.stage(bench)
    person, begins = bench.person(beginning.who), await button_of(bench, what, number)
    (question,) = await forges(person, begins)
    summary = await fills_in(person, question, WORDS, dict(beginning.texts))
    before = await stored(bench, number)
    await loses(bench, beginning.who, await dispute_of(bench, number))
    tells_nothing(await person.press_data(summary.message_id, summary.button("保存")))
    tells_nothing(await forges(person, begins))
    tells_nothing(await person.say_all("/drafts"))
    assert await stored(bench, number) == before
    await look_away(bench)


@pytest.mark.parametrize("loses", [is_kept_away, loses_her_phone])
@pytest.mark.parametrize("what", BEGINNINGS)
async def test_the_next_question_is_not_put(bench: Bench, what: str, loses: Loses) -> None:
    beginning = BEGINNINGS[what]
    number = await beginning.stage(bench)
    person = bench.person(beginning.who)
    (question,) = await forges(person, await button_of(bench, what, number))
    before = await stored(bench, number)
    await loses(bench, beginning.who, await dispute_of(bench, number))
    choices = offered(question)
    said = await person.press_data(question.message_id, choices[0]) if choices else await person.say_all(WORDS)
    tells_nothing(said)
    assert not [one for one in said if step_of(one)[0]]
    assert await stored(bench, number) == before
    await look_away(bench)


@pytest.mark.parametrize("locale", ["zh", "en"])
async def test_a_form_about_a_dispute_that_is_no_longer_hers_speaks_of_no_household(bench: Bench, locale: str) -> None:
    beginning = BEGINNINGS["note"]
    number = await beginning.stage(bench)
    person = bench.person(beginning.who)
    await change_member(bench, beginning.who, locale=locale)
    await forges(person, await button_of(bench, "note", number))
    await is_kept_away(bench, beginning.who, await dispute_of(bench, number))
    (said,) = await person.say_all(WORDS)
    tells_nothing([said])
    assert ("内容不再显示" if locale == "zh" else "nothing of it is shown") in said.text
    assert not [word for word in ("住户", "household") if word in said.text.lower()]
    await look_away(bench)
