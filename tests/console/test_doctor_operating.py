"""What `doctor` says of operating: the webhook, the clock, the alarms and the drill."""

import argparse
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from console.desk import Desk
from console.doctor import doctor
from console.sandbox import SANDBOX_TOKEN
from domain.channel import Standing
from domain.usecases.restore_drills import note_drill
from handlers.checkup import clock_ahead, standing_with_telegram
from tests.console.conftest import desk_at
from tests.support.county import ADMIN, SATURDAY

HOOK = "https://bot.example.org"
WELL = Standing(0.4, f"{HOOK}/telegram?v=1", 0, "", None, alarm_chat=True)


async def told(desk: Desk, standing: Standing, capsys: pytest.CaptureFixture[str]) -> str:
    """What it prints when Telegram says so."""

    async def name() -> str:
        return "suozi_bot"

    async def says() -> Standing:
        return standing

    await doctor(replace(desk, bot_name=name, standing=says), argparse.Namespace())
    return capsys.readouterr().out


async def test_what_telegram_knows_better_is_told(
    sqlite_desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {"bot_token": SANDBOX_TOKEN, "webhook_url": HOOK, "webhook_secret": "s", "alarm_chat": "-1001"}
    desk = desk_at(sqlite_desk.database, tmp_path, locale="en", **settings)
    said = await told(desk, WELL, capsys)
    assert "✓ the webhook is set; 0 updates wait at Telegram" in said
    assert "✓ the clock differs from Telegram's by 0 s" in said
    assert "✓ alarms go to -1001" in said
    elsewhere = Standing(-3600, "https://other.example.org/x", 7, "", None, alarm_chat=False)
    said = await told(desk, elsewhere, capsys)
    assert "✗ the webhook at Telegram is not that of SUOZI_WEBHOOK_URL; 7 updates wait there" in said
    assert "✗ the clock is -3600 s ahead" in said
    assert "✗ the bot cannot enter the chat -1001 for alarms" in said
    for ago, mark in (
        (timedelta(minutes=5), "! in the last hour Telegram could not"),
        (timedelta(days=2), "✓ the web"),
    ):
        trouble = replace(WELL, trouble="Connection refused", trouble_at=SATURDAY - ago)
        assert mark in await told(desk, trouble, capsys)
    fetching = desk_at(sqlite_desk.database, tmp_path, locale="en", bot_token=SANDBOX_TOKEN)
    assert "! a webhook is still set at Telegram" in await told(fetching, WELL, capsys)


async def test_who_hears_alarms_and_the_last_drill_are_told(
    sqlite_desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    said = await told(sqlite_desk, WELL, capsys)
    assert "✓ 告警发给1位管理员" in said
    assert "! 还没有做过备份恢复演练" in said
    for days, mark in (
        (5, "! 最近一次备份恢复演练还是在 2026-11-16 09:00 通过的"),
        (1, "✓ 最近一次备份恢复演练在 2026-11-20"),
    ):
        async with sqlite_desk.database.transaction() as session:
            at = SATURDAY - timedelta(days=days)
            await note_drill(session, day=at.date(), now=at)
        assert mark in await told(sqlite_desk, WELL, capsys)


async def test_telegram_is_asked_by_its_own_methods(sandbox_url: str) -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    standing = await standing_with_telegram(sandbox_url, SANDBOX_TOKEN, str(ADMIN), clock=lambda: long_ago)
    assert standing is not None
    assert (standing.webhook, standing.pending, standing.alarm_chat) == ("", 0, False)
    assert standing.clock_ahead is None  # the sandbox does not tell the time
    assert await standing_with_telegram("http://127.0.0.1:9", SANDBOX_TOKEN, "", clock=lambda: long_ago) is None


async def test_the_clock_is_compared_with_that_of_the_answer() -> None:
    async with TestServer(web.Application()) as server:
        ahead = await clock_ahead(str(server.make_url("")).rstrip("/"), lambda: datetime(2020, 1, 1, tzinfo=UTC))
    assert ahead is not None
    assert ahead < -86400
