"""From the card of a frozen dispute to its red lead: for whoever may open that lead, and for nobody else."""

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from models.confidential import LeadKeptAway, LeadRead
from models.dispute import DisputeState
from models.member import Member
from tests.flows.test_dispute_violence import mediated, presses_violence, red_lead
from tests.support.attempts import accept, failed_twice
from tests.support.county import HEAD
from tests.support.hands import Bench
from tests.support.ladder import ELDER, GROUP_WORKER, OTHER_ELDER, a_dispute, actor_of, add_ladder, dispute_of
from tests.support.matters import forges, look_away

OPENS = {"zh": "打开红色线索", "en": "Open the red lead"}


async def frozen(bench: Bench) -> int:
    """A dispute in which violence came to light: its worker has reported it, and its lead rings."""
    number = await mediated(bench)
    await presses_violence(bench.person(GROUP_WORKER), number)
    await bench.person(GROUP_WORKER).press("保存")
    await look_away(bench)
    assert (await dispute_of(bench, number)).state is DisputeState.FROZEN
    return number


async def read_by(bench: Bench, lead: int) -> int:
    """How many readings of the lead are written down."""
    async with bench.database.transaction() as session:
        query = select(col(LeadRead.id)).where(col(LeadRead.lead_id) == lead)
        return len((await session.execute(query)).all())


@pytest.mark.parametrize("locale", ["zh", "en"])
async def test_whoever_may_open_the_lead_gets_to_it_from_the_frozen_card(bench: Bench, locale: str) -> None:
    number = await frozen(bench)
    lead = await red_lead(bench, number)
    async with bench.database.transaction() as session:
        await session.execute(update(Member).values(locale=locale))
    for who in (GROUP_WORKER, HEAD):  # who reported it, and whom its alert rang
        person, before = bench.person(who), await read_by(bench, lead.id)
        [card] = await forges(person, f"disp:show:{number}")
        assert lead.code not in card.text + str(card.labels)
        assert await read_by(bench, lead.id) == before  # the card has looked at nothing of it
        assert lead.code in (await person.press(OPENS[locale])).text
        assert await read_by(bench, lead.id) == before + 1
    await look_away(bench)


async def test_whoever_may_not_has_no_button_and_hears_what_one_hears_of_what_does_not_exist(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    await failed_twice(bench, number, GROUP_WORKER)
    await accept(bench, number, ELDER)
    await presses_violence(bench.person(ELDER), number)
    await bench.person(ELDER).press("保存")
    await look_away(bench)
    lead = await red_lead(bench, number)
    for who in (GROUP_WORKER, OTHER_ELDER):  # who had the case before, and a colleague of its rung; nobody rang them
        person = bench.person(who)
        [card] = await forges(person, f"disp:show:{number}")
        assert "按红色线索" in card.text  # that there is one the card says to all of them
        assert lead.code not in card.text
        assert not [word for word in card.labels if "线索" in word]
        for nothing in (lead.id, lead.id + 1000):
            assert await forges(person, f"lead:show:{nothing}") == []
            assert "不在您的范围" in person.toast()
    assert await read_by(bench, lead.id) == 0
    await look_away(bench)


async def test_a_button_that_was_shown_opens_nothing_once_the_lead_is_no_longer_hers(bench: Bench) -> None:
    number = await frozen(bench)
    lead, head = await red_lead(bench, number), bench.person(HEAD)
    [card] = await forges(head, f"disp:show:{number}")
    member = (await actor_of(bench, HEAD)).member_id
    async with bench.database.transaction() as session:
        session.add(LeadKeptAway(lead_id=lead.id, member_id=member))
    assert await head.press_data(card.message_id, card.button(OPENS["zh"])) == []
    assert "不在您的范围" in head.toast()
    assert await read_by(bench, lead.id) == 0
    [again] = await forges(head, f"disp:show:{number}")
    assert OPENS["zh"] not in str(again.labels)
    await look_away(bench)
