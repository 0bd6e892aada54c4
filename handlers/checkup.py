"""How the bot stands with Telegram, for `doctor`: its clock, its webhook, and the chat for alarms."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
from telegram.error import TelegramError

from domain.channel import Standing
from handlers.api import BotApi
from handlers.causes import loggable
from handlers.request import AiohttpRequest

_SECONDS = 10.0


async def standing_with_telegram(
    api_url: str, token: str, alarm_chat: str, *, clock: Callable[[], datetime]
) -> Standing | None:
    """What Telegram says; None when it gives no usable answer."""
    request = AiohttpRequest(connections=1)
    await request.initialize()
    try:
        api = BotApi(request, f"{api_url}/bot{token}")
        webhook = await api.call("getWebhookInfo", {})
        chat = await api.call("getChat", {"chat_id": int(alarm_chat)}) if alarm_chat else None
    except TelegramError:
        return None
    finally:
        await request.shutdown()
    if not webhook.ok or not isinstance(webhook.result, dict):
        return None
    said = webhook.result
    failed_at = said.get("last_error_date")
    return Standing(
        clock_ahead=await clock_ahead(api_url, clock),
        webhook=str(said.get("url", "")),
        pending=int(said.get("pending_update_count", 0)),
        trouble=loggable(str(said.get("last_error_message", ""))),
        trouble_at=datetime.fromtimestamp(failed_at, UTC) if isinstance(failed_at, int) else None,
        alarm_chat=chat.ok if chat is not None else None,
    )


async def clock_ahead(api_url: str, clock: Callable[[], datetime]) -> float | None:
    """Seconds by which our clock is ahead of the one at `api_url`, by the `Date` of any answer; no token is needed."""
    limits = aiohttp.ClientTimeout(total=_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=limits) as session:
            before = clock()
            async with session.head(f"{api_url}/", allow_redirects=False) as answer:
                after = clock()
                there = parsedate_to_datetime(answer.headers["Date"])
    except (aiohttp.ClientError, OSError, KeyError, ValueError):
        return None
    # The header tells whole seconds: half of one is the best guess, as is the middle of the way there and back.
    return ((before - there).total_seconds() + (after - there).total_seconds()) / 2 - 0.5
