"""What Telegram is told of the webhook, and what the program says when nothing is brought."""

import logging
from typing import Any

import pytest

from handlers.api import BotApi
from handlers.hook import CONNECTIONS, Hook
from handlers.poll import Poller, TokenRefused
from handlers.way_in import LONGEST_SILENCE, Brought, Fetched
from handlers.webhook import Webhook
from tests.wire.stub import Stub, cut, ok, refused
from tests.wire.timeline import Timeline

UPDATES = ["message", "callback_query"]
URL = "https://bot.example.org"


async def no_wait(_seconds: float) -> None:
    """Time is not what these tests are about."""


async def swallow(_batch: object) -> None:
    """Stores nothing."""


def hook(api: BotApi, url: str = URL, secret: str = "s-1") -> Hook:
    return Hook(api, allowed_updates=UPDATES, wait=no_wait, url=url, secret=secret, token="1:x")


def as_set(url: str, **changed: Any) -> Any:
    """What getWebhookInfo says of a webhook that is as ours shall be."""
    noted = {"url": url, "pending_update_count": 0, "allowed_updates": UPDATES, "max_connections": CONNECTIONS}
    return ok({**noted, **changed})


def none_set() -> Any:
    """What it says while there is none."""
    return ok({"url": "", "has_custom_certificate": False, "pending_update_count": 0})


async def test_telegram_is_told_where_to_bring_updates_to(api: BotApi, stub: Stub) -> None:
    stub.script = [none_set(), ok(True)]
    ours = hook(api)
    await ours.settle()
    assert stub.methods() == ["getWebhookInfo", "setWebhook"]
    assert stub.calls[-1].sent == {
        "url": ours.url,
        "secret_token": "s-1",
        "max_connections": CONNECTIONS,
        "allowed_updates": UPDATES,
    }
    assert ours.url.startswith(f"{URL}/telegram?v=")
    assert "s-1" not in ours.url


async def test_it_is_told_once_and_again_only_when_something_is_different(api: BotApi, stub: Stub) -> None:
    ours = hook(api)
    stub.script = [as_set(ours.url, allowed_updates=UPDATES[::-1])]
    await ours.settle()
    for different in (
        as_set(hook(api, secret="s-2").url),  # Telegram has the old secret
        as_set(ours.url, allowed_updates=["message"]),
        as_set(ours.url, max_connections=40),
        as_set("https://elsewhere.example.org/telegram"),
    ):
        stub.script = [different, ok(True)]
        await ours.settle()
    assert stub.methods() == ["getWebhookInfo", *(["getWebhookInfo", "setWebhook"] * 4)]


async def test_who_polls_takes_away_a_webhook_that_was_left_behind(api: BotApi, stub: Stub) -> None:
    stub.script = [none_set()]
    await hook(api, url="").settle()
    assert stub.methods() == ["getWebhookInfo"]
    stub.script = [as_set(URL), ok(True)]
    await hook(api, url="").settle()
    assert stub.methods()[1:] == ["getWebhookInfo", "deleteWebhook"]
    assert stub.calls[-1].sent == {}  # what waits at Telegram stays


async def test_it_is_tried_until_telegram_takes_it(api: BotApi, stub: Stub, caplog: pytest.LogCaptureFixture) -> None:
    no_name = refused(400, "Bad Request: bad webhook: Failed to resolve host")
    stub.script = [refused(502, "Bad Gateway"), cut, none_set(), no_name, none_set(), ok(True)]
    await hook(api).settle()
    assert stub.methods()[-1] == "setWebhook"
    assert "Failed to resolve host" in caplog.text
    stub.script = [refused(401, "Unauthorized")]
    with pytest.raises(TokenRefused):
        await hook(api).settle()


async def test_updates_that_pile_up_at_telegram_are_reported_and_a_quiet_night_is_not(
    api: BotApi, stub: Stub, timeline: Timeline, caplog: pytest.LogCaptureFixture
) -> None:
    way = Brought(hook(api), Webhook(swallow, "s-1", timeline.clock), timeline.clock)
    url = hook(api).url
    timeline.now += 10 * LONGEST_SILENCE
    caplog.set_level(logging.ERROR)
    for pending in (0, 0, 3):  # three have only just come
        stub.script = [as_set(url, pending_update_count=pending)]
        await way.watch()
    stub.script = [refused(502, "Bad Gateway")]
    await way.watch()
    assert caplog.messages == []
    said = "Wrong response from the webhook: 503 Service Unavailable"
    stub.script = [as_set(url, pending_update_count=3, last_error_message=said)]
    await way.watch()
    stub.script = [none_set()]
    await way.watch()
    assert [message.split()[0] for message in caplog.messages] == ["webhook_silent", "webhook_not_ours"]
    assert "503 Service Unavailable" in caplog.messages[0]


async def test_a_poll_that_says_nothing_is_reported(
    api: BotApi, timeline: Timeline, caplog: pytest.LogCaptureFixture
) -> None:
    poller = Poller(api, swallow, allowed_updates=UPDATES, clock=timeline.clock, wait=no_wait, rng=lambda: 0.5)
    way = Fetched(hook(api, url=""), poller, timeline.clock)
    await way.watch()
    timeline.now += LONGEST_SILENCE + 1
    await way.watch()
    assert [message.split("=")[0] for message in caplog.messages] == ["poll_silent seconds"]
