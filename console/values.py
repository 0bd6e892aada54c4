"""What the text of a setting stands for; what it cannot stand for is a ValueError that says what it may be."""

import logging
import re
from collections.abc import Callable
from datetime import time
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationInfo
from sqlalchemy.exc import ArgumentError

from domain.rules.catalogue import Catalogue, read_catalogue, shipped_catalogue
from domain.rules.chains import Chains, read_chains, shipped_chains
from domain.rules.ladder_file import Ladder, read_ladder, shipped_ladder
from domain.rules.register import RegisterItem
from domain.rules.retention import Retention, read_retention, shipped_retention
from messages.render import LOCALES
from models.household import Tier
from models.session import async_url

_HOOK_PATH = "/telegram"
_HOOK_PORTS = (443, 80, 88, 8443)
_THIS_MACHINE = ("127.0.0.1", "::1", "localhost")


def read_by(parse: Callable[[str], object]) -> Callable[[str], str]:
    """A check for a setting that is kept as its text: `parse` must understand it."""

    def check(value: str) -> str:
        parse(value)
        return value

    return check


def zone(value: str) -> ZoneInfo:
    """A time zone. Raises ValueError."""
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("is not a time zone such as Asia/Shanghai") from error


def locale(value: str) -> str:
    """A language. Raises ValueError."""
    if value not in LOCALES:
        raise ValueError(f"must be {' or '.join(LOCALES)}")
    return value


def token(value: str) -> str:
    """A bot's token, or none. Raises ValueError."""
    if value and not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", value):
        raise ValueError("does not look like a bot token (123456:ABC…)")
    return value


def chat(value: str) -> str:
    """A chat's number, or none. Raises ValueError."""
    if value and not re.fullmatch(r"-?[1-9][0-9]{0,18}", value):
        raise ValueError("must be a chat's number: a person's, or a group's with its minus sign")
    return value


def url(value: str) -> str:
    """An address on the web, without a slash at its end. Raises ValueError."""
    if not value.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return value.rstrip("/")


def webhook_url(value: str) -> str:
    """The address that Telegram posts updates to, without the path that is ours, or none. Raises ValueError."""
    parts = urlsplit(value)
    here = parts.scheme == "http" and parts.hostname in _THIS_MACHINE  # for a Bot API server of one's own
    if value and not (here or (parts.scheme == "https" and parts.hostname and (parts.port or 443) in _HOOK_PORTS)):
        raise ValueError("must begin with https://, and its port be one that Telegram uses: 443, 80, 88 or 8443")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("must be an address such as https://bot.example.org, and nothing behind it")
    return value.rstrip("/").removesuffix(_HOOK_PATH)


def webhook_secret(value: str, others: ValidationInfo) -> str:
    """What Telegram shows with every update, or nothing without a webhook. Raises ValueError."""
    if not value and others.data.get("webhook_url"):
        raise ValueError("is needed with SUOZI_WEBHOOK_URL: without it anybody could bring updates")
    if value and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value):
        raise ValueError("must be 1 to 256 letters A to Z, a to z, digits, _ or -")
    return value


def listen(value: str) -> tuple[str, int] | None:
    """The host and the port of "127.0.0.1:8080", or none. Raises ValueError."""
    if not value:
        return None
    host, colon, port = value.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    if not (colon and host and port.isdecimal() and int(port) < 65_536):
        raise ValueError("must be an address and a port such as 127.0.0.1:8080")
    return host, int(port)


def database(value: str) -> str:
    """A database's address, or none. Raises ValueError, which does not repeat it: it holds a password."""
    try:
        if value:
            async_url(value)
    except ArgumentError as error:
        raise ValueError("is not an address such as postgresql://user:password@host/name") from error
    return value


def clock_time(value: str) -> time:
    """The time of day of "08:00". Raises ValueError."""
    hour, colon, minute = value.partition(":")
    try:
        if not (colon and hour.isdecimal() and minute.isdecimal() and len(minute) == 2):
            raise ValueError
        return time(int(hour), int(minute))
    except ValueError as error:
        raise ValueError("must be a time of day such as 08:00") from error


def hours(value: str) -> tuple[time, time]:
    """The two ends of "21:00-07:00". Raises ValueError."""
    begin, dash, end = value.partition("-")
    if not dash:
        raise ValueError("must be two times of day such as 21:00-07:00")
    return clock_time(begin.strip()), clock_time(end.strip())


def days_by_tier(value: str) -> dict[Tier, int]:
    """The days of "2,7,14": key, watch, ordinary. Raises ValueError."""
    days = [part.strip() for part in value.split(",")]
    if len(days) != len(Tier) or not all(_is_day(day) for day in days):
        raise ValueError("must be three numbers of days, for key, watch and ordinary, such as 2,7,14")
    return dict(zip(Tier, map(int, days), strict=True))


def revisit_days(value: str) -> tuple[int, ...]:
    """The days of "7,30", each later than the one before it. Raises ValueError."""
    parts = [part.strip() for part in value.split(",")]
    days = tuple(int(part) for part in parts if _is_day(part))
    if len(days) != len(parts) or list(days) != sorted(set(days)):
        raise ValueError("must be numbers of days, each later than the one before it, such as 7,30")
    return days


def _is_day(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,3}", text) is not None and 0 < int(text) < 366


def register_items(value: str) -> frozenset[str]:
    """The items of "people_count,contact". Raises ValueError."""
    items = frozenset(part.strip() for part in value.split(",") if part.strip())
    unknown = items - {item.value for item in RegisterItem}
    if unknown:
        known = ", ".join(item.value for item in RegisterItem)
        raise ValueError(f"knows no {', '.join(sorted(unknown))}; there are: {known}")
    return items


def log_level(value: str) -> str:
    """A level of the log. Raises ValueError."""
    if value.upper() not in logging.getLevelNamesMapping():
        raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
    return value.upper()


def catalogue(value: str) -> Catalogue:
    """The catalogue of leads in this file, or the one that ships. Raises ValueError."""
    return read_catalogue(Path(value)) if value else shipped_catalogue()


def chains(value: str) -> Chains:
    """The chains of alerts in this file, or those that ship. Raises ValueError."""
    return read_chains(Path(value)) if value else shipped_chains()


def ladder(value: str) -> Ladder:
    """The mediation ladder in this file, or the one that ships. Raises ValueError."""
    return read_ladder(Path(value)) if value else shipped_ladder()


def retention(value: str) -> Retention:
    """The rules of retention in this file, or those that ship. Raises ValueError."""
    return read_retention(Path(value)) if value else shipped_retention()
