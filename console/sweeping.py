"""`sweep`: what would be reminded on a day, or writing it for the bot to send."""

import argparse
from collections.abc import Sequence
from datetime import date, time, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from console.desk import Desk, prepare
from console.errors import CommandError
from domain.household_notices import MorningDigest
from domain.usecases.dispute_due import steps_due
from domain.usecases.reminders import Planned, digest_recipients, digests_for, plan_morning
from messages.console import phrase
from models.member import Member

_SHOWN = 10


class _Undone(Exception):
    """Leaves a transaction that is to leave nothing behind."""


def declare_sweep(parser: argparse.ArgumentParser) -> None:
    """The options of `sweep`."""
    parser.add_argument("--on", type=_day, required=True, metavar="DATE", help="the day, like 2026-11-21")
    parser.add_argument("--dry-run", action="store_true", help="only tell; write nothing")


async def sweep(desk: Desk, args: argparse.Namespace) -> int:
    """Plan the reminders of a day and tell what they come to; with --dry-run nothing stays written."""
    day, locale = args.on, desk.settings.locale
    if day < desk.today and not args.dry_run:
        raise CommandError(phrase(locale, "sweep", "over", day=day))
    await prepare(desk.database)
    # A morning that is still to come is planned as if it had come: nothing may be sent before.
    now = max(desk.now, desk.policy.at(day, desk.policy.digest_at))
    lines: list[str] = []
    try:
        async with desk.database.transaction() as session:
            planned = await plan_morning(session, day=day, now=now, policy=desk.policy)
            if planned is None:
                lines.append(phrase(locale, "sweep", "done_before", day=day))
            else:
                lines += _counts(planned, day, locale)
            steps = await steps_due(session, desk.policy.at(day + timedelta(days=1), time.min))
            lines.append(phrase(locale, "sweep", "disputes", **{step.value: count for step, count in steps.items()}))
            lines += await _first_workers(session, day, locale)
            if args.dry_run:
                raise _Undone
    except _Undone:
        lines.append(phrase(locale, "sweep", "dry"))
    else:
        if planned is not None:
            lines.append(phrase(locale, "sweep", "written"))
    print("\n".join(lines))
    return 0


def _counts(planned: Planned, day: date, locale: str) -> list[str]:
    kinds = ("digests", "late", "reviews", "weeks", "leads", "revisits", "councils")
    counts = [phrase(locale, "sweep", kind, count=getattr(planned, kind)) for kind in kinds]
    return [phrase(locale, "sweep", "plan", day=day, count=planned.total), *counts]


async def _first_workers(session: AsyncSession, day: date, locale: str) -> Sequence[str]:
    # Asked for once and cut here: as part of a larger query it would be asked anew for each member.
    everybody = sorted((await session.execute(digest_recipients(day))).scalars())
    query = select(col(Member.id), col(Member.name)).where(col(Member.id).in_(everybody[:_SHOWN]))
    rows = (await session.execute(query.order_by(col(Member.id)))).all()
    names: dict[int, str] = {row[0]: row[1] for row in rows}
    digests = await digests_for(session, list(names), day)
    lines = [_line(name, digests[id], locale) for id, name in names.items() if id in digests]
    if len(everybody) > _SHOWN:
        lines.append(phrase(locale, "sweep", "more", count=len(everybody) - _SHOWN))
    return lines


def _line(name: str, digest: MorningDigest, locale: str) -> str:
    values = {field: getattr(digest, field) for field in MorningDigest.__dataclass_fields__ if field != "on"}
    return phrase(locale, "sweep", "worker", name=name, total=digest.total, **values)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("a day is written like 2026-11-21") from error
