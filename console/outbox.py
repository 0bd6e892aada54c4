"""`outbox`: what did not go out, and what becomes of it."""

import argparse
import logging
from datetime import datetime, timedelta

from console.desk import Desk, prepare
from console.errors import CommandError
from domain.usecases.stuck_notices import drop_notices, outbox_counts, retry_notices, stuck_notices
from messages.console import phrase

_log = logging.getLogger(__name__)
LONG = timedelta(minutes=10)  # due for so long is stuck
SHOWN = 50


def declare_outbox(parser: argparse.ArgumentParser) -> None:
    """The options of `outbox`."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--retry", type=int, nargs="+", metavar="NUMBER", help="let these failed notices go once more")
    what.add_argument("--drop", type=int, nargs="+", metavar="NUMBER", help="send these to nobody; needs --reason")
    parser.add_argument("--reason", metavar="TEXT", help="why they are dropped; goes into the log")


async def outbox(desk: Desk, args: argparse.Namespace) -> int:
    """Tell what is stuck, or deal with it. 1 when something is stuck. Raises CommandError."""
    locale = desk.settings.locale
    await prepare(desk.database)
    if args.retry:
        async with desk.database.transaction() as session:
            _all_or_nothing(await retry_notices(session, args.retry, now=desk.now), args.retry, locale)
        print(phrase(locale, "outbox", "retried", count=len(args.retry)))
        return 0
    if args.drop:
        return await _drop(desk, args.drop, (args.reason or "").strip())
    return await _show(desk)


async def _drop(desk: Desk, numbers: list[int], reason: str) -> int:
    locale = desk.settings.locale
    if not reason:
        raise CommandError(phrase(locale, "outbox", "reason_needed"))
    async with desk.database.transaction() as session:
        _all_or_nothing(await drop_notices(session, numbers, now=desk.now), numbers, locale)
    _log.warning("notices_dropped ids=%s reason=%r", ",".join(map(str, sorted(set(numbers)))), reason)
    print(phrase(locale, "outbox", "dropped", count=len(set(numbers))))
    return 0


def _all_or_nothing(done: int, numbers: list[int], locale: str) -> None:
    if done != len(set(numbers)):
        raise CommandError(phrase(locale, "outbox", "unknown"))


async def _show(desk: Desk) -> int:
    locale = desk.settings.locale
    async with desk.database.transaction() as session:
        counts = await outbox_counts(session)
        stuck = await stuck_notices(session, due_before=desk.now - LONG, limit=SHOWN)
    for lane, state, count in counts:
        print(phrase(locale, "outbox", "count", lane=lane.name.lower(), state=state.value, count=count))
    for one in stuck:
        minutes = _minutes(desk.now, one.due_at)
        print(
            phrase(
                locale,
                "outbox",
                "stuck",
                number=one.id,
                kind=one.kind,
                lane=one.lane.name.lower(),
                state=one.state.value,
                member=one.member_id,
                attempts=one.attempts,
                minutes=minutes,
            )
        )
    print(phrase(locale, "outbox", "none" if not stuck else "some", count=len(stuck)))
    return 1 if stuck else 0


def _minutes(now: datetime, due_at: datetime) -> int:
    return int((now - due_at).total_seconds() // 60)
