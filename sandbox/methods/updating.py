"""How the bot receives updates: getUpdates and the webhook's settings."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from sandbox.call import Call
from sandbox.records import Json
from sandbox.refusals import bad, conflict
from sandbox.updates import MOST_AT_ONCE

LONGEST_POLL = 50


async def get_updates(call: Call) -> list[Json]:
    """getUpdates; what is below `offset` is forgotten, everything else is handed out again and again."""
    world = call.world
    if world.settings.get("webhook"):
        raise conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        )
    _set_allowed(call)
    limit = call.number("limit") or MOST_AT_ONCE
    if not 0 < limit <= MOST_AT_ONCE:
        limit = MOST_AT_ONCE
    world.updates.confirm_before(call.number("offset") or 0)
    await world.updates.wait(min(max(call.number("timeout") or 0, 0), LONGEST_POLL))
    return world.updates.first(limit)


def _set_allowed(call: Call) -> None:
    wished: Any = call.structure("allowed_updates", "allowed_updates")
    if wished is None:
        return
    if not isinstance(wished, list):
        raise bad("expected an Array of String")
    kinds = [kind for kind in wished if isinstance(kind, str)]
    if kinds != call.world.updates.allowed:
        call.world.updates.allowed = kinds
        call.world.set("allowed_updates", kinds)


def set_webhook(call: Call) -> bool:
    """setWebhook; an empty url takes it away."""
    url = call.text("url").strip()
    if not url:
        return delete_webhook(call)
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise bad("invalid webhook URL specified")
    secret = call.text("secret_token")
    if len(secret) > 256:
        raise bad("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad("secret token contains unallowed characters")
    _set_allowed(call)
    if call.flag("drop_pending_updates"):
        call.world.updates.clear()
    most = min(max(call.number("max_connections") or 40, 1), 100)
    call.world.set("webhook", {"url": url, "secret_token": secret, "max_connections": most})
    call.world.updates.interrupt(conflict("terminated by setWebhook request"))
    call.world.updates.wake()
    return True


def delete_webhook(call: Call) -> bool:
    """deleteWebhook."""
    if call.flag("drop_pending_updates"):
        call.world.updates.clear()
    call.world.set("webhook", None)
    call.world.updates.wake()
    return True


def get_webhook_info(call: Call) -> Json:
    """getWebhookInfo."""
    world = call.world
    webhook = world.settings.get("webhook")
    info: Json = {
        "url": webhook["url"] if webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(world.updates.pending),
    }
    if webhook:
        info["max_connections"] = webhook["max_connections"]
        info.update(webhook.get("trouble", {}))
    if world.updates.allowed:
        info["allowed_updates"] = world.updates.allowed
    return info
