"""`hold`: keep what a rule would forget, until somebody lifts it; who, when and why stays on record."""

import argparse
import logging

from console.desk import Desk, prepare
from console.errors import CommandError
from domain.refusals import RefusedError
from domain.usecases.holds import Held, holds, lift_hold, place_hold
from messages.console import phrase

_log = logging.getLogger(__name__)


def declare_hold(parser: argparse.ArgumentParser) -> None:
    """The options of `hold`."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--household", metavar="CODE", help="hold a household and all that is about it")
    what.add_argument("--lead", metavar="CODE", help="hold one lead")
    what.add_argument("--dispute", metavar="CODE", help="hold one dispute")
    what.add_argument("--item", metavar="CODE", help="hold one item of a women's council, with its votes and records")
    what.add_argument("--lift", type=int, metavar="NUMBER", help="end a hold")
    parser.add_argument("--reason", metavar="TEXT", help="why it is held; stored encrypted, never logged")
    parser.add_argument("--by", metavar="NAME", help="who says so")


async def hold(desk: Desk, args: argparse.Namespace) -> int:
    """Place or lift a hold; without either, list them. Raises CommandError."""
    await prepare(desk.database)
    if not (args.household or args.lead or args.dispute or args.item or args.lift):
        return await _show(desk)
    locale = desk.settings.locale
    by, reason = (args.by or "").strip()[:80], (args.reason or "").strip()
    if not by or not (reason or args.lift):
        raise CommandError(phrase(locale, "hold", "who_and_why"))
    try:
        async with desk.database.transaction() as session:
            if args.lift:
                changed = await lift_hold(session, args.lift, by=by, now=desk.now)
            else:
                what = ("household", "lead", "dispute", "item")
                one = {name: getattr(args, name) for name in what}
                changed = await place_hold(session, **one, reason=reason, by=by, now=desk.now)
    except RefusedError:
        raise CommandError(phrase(locale, "hold", "unknown")) from None
    words = "lifted" if args.lift else "placed"
    _log.warning("hold_%s id=%d", words, changed.id)
    print(phrase(locale, "hold", words, number=changed.id))
    return 0


async def _show(desk: Desk) -> int:
    locale = desk.settings.locale
    async with desk.database.transaction() as session:
        found = await holds(session)
    for one in found:
        print(_line(desk, one))
    print(phrase(locale, "hold", "count", count=sum(one.hold.lifted_at is None for one in found)))
    return 0


def _line(desk: Desk, one: Held) -> str:
    placed, lifted = one.hold.placed_at, one.hold.lifted_at
    told = {
        "number": one.hold.id,
        "code": one.code,
        "by": one.hold.placed_by,
        "on": desk.policy.today(placed),
        "reason": one.hold.reason,
    }
    if lifted is None:
        return phrase(desk.settings.locale, "hold", "line", **told)
    ended = {"lifter": one.hold.lifted_by, "until": desk.policy.today(lifted)}
    return phrase(desk.settings.locale, "hold", "line_lifted", **told, **ended)
