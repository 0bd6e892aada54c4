"""`posts`: who holds which post; ending one at once, and letting a term go on."""

import argparse
import logging
from collections.abc import Iterator
from datetime import timedelta

from console.desk import Desk, prepare
from console.errors import CommandError
from domain.refusals import Reason, RefusedError
from domain.usecases.post_ending import GridLeft, end_post
from domain.usecases.post_leavings import Leavings, leavings
from domain.usecases.post_terms import HeldPost, posts_held, renew_post
from messages.console import phrase
from messages.render import label
from models.area import area_by_code

_log = logging.getLogger(__name__)
_HIGHEST = 2**31 - 1  # of a number of the database


def declare_posts(parser: argparse.ArgumentParser) -> None:
    """The options of `posts`."""
    parser.add_argument("name", nargs="?", default="", metavar="WORDS", help="only people whose name has this in it")
    parser.add_argument("--area", metavar="CODE", help="only posts at this area or below it")
    parser.add_argument("--ending", type=int, metavar="DAYS", help="only terms that are over within so many days")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--end", type=int, metavar="NUMBER", help="end this post at once; needs --reason and --by")
    what.add_argument("--renew", type=int, metavar="NUMBER", help="let this post go on for another term; needs --by")
    parser.add_argument("--reason", metavar="TEXT", help="why it ends; goes into the log, so without names of families")
    parser.add_argument("--by", metavar="NAME", help="who does it; goes into the log")


async def posts(desk: Desk, args: argparse.Namespace) -> int:
    """List the posts in force, end one of them, or renew one. Raises CommandError."""
    await prepare(desk.database)
    number: int | None = args.renew if args.end is None else args.end
    locale = desk.settings.locale
    if number is None and (args.reason or args.by):
        raise CommandError(phrase(locale, "posts", "which"))
    if number is None:
        return await _show(desk, args)
    by, reason = (args.by or "").strip()[:80], (args.reason or "").strip()
    if not by or not (reason or args.end is None):
        raise CommandError(phrase(locale, "posts", "who_and_why"))
    try:
        if number > _HIGHEST:
            raise RefusedError(Reason.NOT_FOUND)
        await (_renew(desk, number, by) if args.end is None else _end(desk, number, by, reason))
    except RefusedError as refused:
        unknown = refused.reason is Reason.NOT_FOUND
        words = phrase(locale, "posts", "unknown", number=number) if unknown else label(refused.reason, locale)
        raise CommandError(words) from None
    return 0


async def _show(desk: Desk, args: argparse.Namespace) -> int:
    locale = desk.settings.locale
    if args.ending is not None and args.ending < 0:
        raise CommandError(phrase(locale, "posts", "days"))
    until = None if args.ending is None else desk.today + timedelta(days=min(args.ending, 36_600))
    async with desk.database.transaction() as session:
        area = await area_by_code(session, args.area) if args.area else None
        if args.area and area is None:
            raise CommandError(phrase(locale, "posts", "no_area", code=args.area))
        found = await posts_held(session, today=desk.today, name=args.name.strip(), below=area, ending_by=until)
    for post in found:
        last = "" if post.ends_on is None else phrase(locale, "posts", "until", day=post.ends_on)
        told = {"since": post.starts_on, "until": last, **_words(post, locale)}
        print(phrase(locale, "posts", "line", number=post.number, **told))
    print(phrase(locale, "posts", "count", count=len(found)))
    return 0


async def _renew(desk: Desk, number: int, by: str) -> None:
    async with desk.database.transaction() as session:
        post, until = await renew_post(session, number, now=desk.now, policy=desk.policy)
    _log.warning("post_renewed number=%d until=%s by=%r", number, until, by)
    print(phrase(desk.settings.locale, "posts", "renewed", until=until, **_words(post, desk.settings.locale)))


async def _end(desk: Desk, number: int, by: str, reason: str) -> None:
    async with desk.database.transaction() as session:
        post, grids = await end_post(session, number, now=desk.now, policy=desk.policy)
        left = await leavings(session, post, now=desk.now, policy=desk.policy)
    _log.warning("post_ended number=%d by=%r reason=%r", number, by, reason)
    for line in _told(post, grids, left, desk.settings.locale):
        print(line)


def _told(post: HeldPost, grids: list[GridLeft], left: Leavings, locale: str) -> Iterator[str]:
    """What was done, what becomes of her work, and what somebody must do next."""
    yield phrase(locale, "posts", "ended", **_words(post, locale))
    others = [f"{one.number} {label(one.role, locale)} {one.area_code}" for one in left.posts]
    yield phrase(locale, "posts", "still", posts=others) if others else phrase(locale, "posts", "stranger")
    for grid in grids:
        names = [one.name for one in grid.keepers]
        told = {"code": grid.code, "area": grid.name, "count": grid.households, "keepers": names}
        yield phrase(locale, "posts", "kept" if names else "forsaken", **told)
        if not grid.has_worker:
            yield phrase(locale, "posts", "invite_worker", code=grid.code)
    if left.passes_on:
        work = {"alerts": left.alerts, "disputes": left.disputes, "mediations": left.mediations}
        yield phrase(locale, "posts", "passes_on", **work)
    if left.projects:
        yield phrase(locale, "posts", "projects", count=left.projects)
    if left.requests:
        yield phrase(locale, "posts", "requests", count=left.requests)
    if left.chairless:
        yield phrase(locale, "posts", "chairless", code=post.area_code)


def _words(post: HeldPost, locale: str) -> dict[str, str]:
    role = label(post.role, locale)
    return {"name": post.name, "role": role, "code": post.area_code, "area": post.area_name}
