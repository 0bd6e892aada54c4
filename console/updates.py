"""`updates`: what came in and could not be handled, and what becomes of it."""

import argparse
import logging

from console.desk import Desk, prepare
from console.errors import CommandError
from domain.usecases.set_aside import bring_again, let_go, updates_set_aside
from messages.console import phrase

_log = logging.getLogger(__name__)
SHOWN = 50


def declare_updates(parser: argparse.ArgumentParser) -> None:
    """The options of `updates`."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--retry", type=int, nargs="+", metavar="NUMBER", help="have these handled once more")
    what.add_argument("--drop", type=int, nargs="+", metavar="NUMBER", help="forget these; needs --reason")
    parser.add_argument("--reason", metavar="TEXT", help="why they are dropped; goes into the log")


async def updates(desk: Desk, args: argparse.Namespace) -> int:
    """Tell what was set aside, or deal with it. 1 when something is set aside. Raises CommandError."""
    locale = desk.settings.locale
    await prepare(desk.database)
    numbers: set[int] = set(args.retry or args.drop or ())
    if not numbers:
        return await _show(desk)
    reason = (args.reason or "").strip()
    if args.drop and not reason:
        raise CommandError(phrase(locale, "outbox", "reason_needed"))
    async with desk.database.transaction() as session:
        again = bring_again(session, numbers) if args.retry else let_go(session, numbers)
        if await again != len(numbers):
            raise CommandError(phrase(locale, "updates", "unknown"))
    if args.drop:
        _log.warning("updates_dropped numbers=%s reason=%r", ",".join(map(str, sorted(numbers))), reason)
    print(phrase(locale, "updates", "retried" if args.retry else "dropped", count=len(numbers)))
    return 0


async def _show(desk: Desk) -> int:
    locale = desk.settings.locale
    async with desk.database.transaction() as session:
        count, shown = await updates_set_aside(session, limit=SHOWN)
    for one in shown:
        minutes = int((desk.now - one.since).total_seconds() // 60)
        word = phrase(locale, "updates", "kept" if one.kept else "gone")
        line = {"number": one.number, "update": one.update_id, "kind": one.kind or "?", "minutes": minutes}
        print(phrase(locale, "updates", "line", kept=word, **line))
    print(phrase(locale, "updates", "some" if count else "none", count=count))
    return 1 if count else 0
