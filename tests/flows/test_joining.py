"""Joining by an invitation, and the polite refusal for everybody else."""

from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select, update

from domain.usecases.joining import CODE_BYTES, issue_invite
from models.area import area_by_code
from models.invite import Invite
from models.member import Member, Role
from tests.support.county import ADMIN, INSTRUCTOR, POLICY, STRANGER, WORKER
from tests.support.hands import Bench

_codes = count(1)


async def invite(bench: Bench, role: Role = Role.GRID_WORKER, area: str = "T-A-02", locale: str = "zh") -> str:
    """A fresh invitation's code."""
    async with bench.database.transaction() as session:
        found = await area_by_code(session, area)
        assert found is not None
        return await issue_invite(
            session,
            role=role,
            area=found,
            locale=locale,
            now=bench.clock.now,
            policy=POLICY,
            token=lambda size: f"code-{next(_codes)}-".ljust(size + 6, "x"),
        )


async def test_an_invited_person_joins_and_gets_the_menu(bench: Bench) -> None:
    person = bench.person(STRANGER)
    offered = await person.say(f"/start {await invite(bench)}")
    assert "网格员" in offered.text
    assert "东关村第2网格" in offered.text
    welcome = await person.press("确认加入")
    assert "欢迎您，路人" in welcome.text
    assert "今日走访" in person.keyboard()
    assert "何平" in (await person.say("走访登记")).labels[0]


async def test_an_english_invitation_welcomes_in_english(bench: Bench) -> None:
    person = bench.person(STRANGER)
    assert "Grid worker" in (await person.say(f"/start {await invite(bench, locale='en')}")).text
    assert "Welcome, 路人" in (await person.press("Join")).text
    assert "Today" in person.keyboard()


async def test_an_invitation_works_once(bench: Bench) -> None:
    code = await invite(bench)
    person = bench.person(STRANGER)
    await person.say(f"/start {code}")
    card = person.newest_with("确认加入")
    await person.press("确认加入")
    assert "已被使用" in (await bench.person(ADMIN).say(f"/start {code}")).text
    again = await person.press_data(card.message_id, f"join:{code}")
    assert "已被使用" in again[-1].text


async def test_an_invitation_expires_after_a_day(bench: Bench) -> None:
    code = await invite(bench)
    bench.pass_time(hours=24)
    assert "已过期" in (await bench.person(STRANGER).say(f"/start {code}")).text


async def test_an_invitation_that_expires_between_opening_and_joining_is_refused(bench: Bench) -> None:
    person = bench.person(STRANGER)
    await person.say(f"/start {await invite(bench)}")
    bench.pass_time(hours=25)
    assert "已过期" in (await person.press("确认加入")).text
    assert "12338" in (await person.say("今日走访")).text


async def test_a_wrong_code_is_refused_without_a_hint(bench: Bench) -> None:
    assert "无效" in (await bench.person(STRANGER).say("/start nonsense")).text


async def test_only_the_hash_of_a_code_is_stored(bench: Bench) -> None:
    code = await invite(bench)
    async with bench.database.transaction() as session:
        stored = (await session.execute(select(Invite))).scalar_one()
    assert code not in str(stored.model_dump())
    assert CODE_BYTES * 8 >= 128


async def test_a_member_takes_one_more_post_by_an_invitation_but_not_the_same_twice(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say(f"/start {await invite(bench, Role.EXECUTIVE, 'T-A')}")
    await worker.press("确认加入")
    assert "妇联执委 · 东关村" in (await worker.say("/me")).text
    await worker.say(f"/start {await invite(bench, Role.EXECUTIVE, 'T-A')}")
    assert "已经有这个身份" in (await worker.press("确认加入")).text


@pytest.mark.parametrize("text", ["/start", "你好", "今日走访", "/me", "/help", "/today", "王秀英"])
async def test_a_stranger_gets_a_polite_refusal_with_hotlines_whatever_she_says(bench: Bench, text: str) -> None:
    refusal = await bench.person(STRANGER).say(text)
    assert "邀请" in refusal.text
    assert all(number in refusal.text for number in ("110", "120", "12338"))
    assert refusal.buttons == ()


@pytest.mark.parametrize("data", ["today:0", "go:1", "hh:show:1", "menu:today", "tier:look:1", "visit:mode:1:door"])
async def test_a_stranger_who_forges_a_button_gets_the_same_refusal(bench: Bench, data: str) -> None:
    person = bench.person(STRANGER)
    hello = await person.say("/start")
    assert "邀请" in (await person.press_data(hello.message_id, data))[-1].text


async def test_a_frozen_member_can_do_nothing(bench: Bench) -> None:
    async with bench.database.transaction() as session:
        await session.execute(update(Member).values(frozen_at=bench.clock.now))
    worker = bench.person(WORKER)
    assert "冻结" in (await worker.say("今日走访")).text
    assert "冻结" in (await worker.say(f"/start {await invite(bench)}")).text


async def test_an_appointment_that_has_ended_closes_the_door_at_once(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("今日走访")
    async with bench.database.transaction() as session:
        from models.member import Appointment  # noqa: PLC0415

        ended = (bench.clock.now - timedelta(days=1)).date()
        await session.execute(update(Appointment).values(starts_on=ended - timedelta(days=9), ends_on=ended))
    assert "邀请" in (await worker.press("王秀英")).text


async def test_the_language_can_be_changed_and_the_menu_with_it(bench: Bench) -> None:
    person = bench.person(INSTRUCTOR)
    await person.say("/language")
    changed = await person.press("English")
    assert "choose from the menu" in changed.text
    assert "Today" in person.keyboard()
    assert "Visits due" in (await person.say("Today")).text
    # A word of the other language still works: old keyboards stay on some phones.
    assert "Visits due" in (await person.say("今日走访")).text


async def test_blocking_and_unblocking_the_bot_is_remembered(bench: Bench) -> None:
    async def unreachable() -> bool:
        async with bench.database.transaction() as session:
            query = select(Member).where(Member.telegram_id == WORKER)  # type: ignore[arg-type]
            return (await session.execute(query)).scalar_one().unreachable_since is not None

    bench.box.act(WORKER, WORKER, "block")
    await bench.settle()
    assert await unreachable()
    bench.box.act(WORKER, WORKER, "unblock")
    await bench.settle()
    assert not await unreachable()
