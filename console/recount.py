"""`recount`: count ballots again from what is stored, and prove that nothing was changed since (docs/adr/0010)."""

import argparse
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from console.desk import Desk, prepare
from console.errors import CommandError
from domain.rules.ballot import is_published
from domain.rules.recount import Recount, recount
from domain.rules.urn import UrnError
from domain.usecases.ballot_counting import is_nameless, tally_now
from domain.usecases.ballot_log import counted_votes, seal_shown, stored_ballot
from messages.console import phrase
from models.agenda import AgendaItem
from models.ballot import Ballot, BallotState
from models.keyring import CannotDecryptError

_UNREADABLE = "box_unreadable"  # a fault that only a command meets: its key is not there


def declare_recount(parser: argparse.ArgumentParser) -> None:
    """The options of `recount`."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--ballot", type=int, metavar="NUMBER", help="one ballot, by its number")
    which.add_argument("--item", metavar="CODE", help="all ballots on one item, by its code")
    which.add_argument("--all", action="store_true", help="every ballot of the database")


async def recount_ballots(desk: Desk, args: argparse.Namespace) -> int:
    """Count again, a line for each ballot; names of voters are never printed. 1 when something does not add up."""
    await prepare(desk.database)
    locale = desk.settings.locale
    async with desk.database.transaction() as session:
        numbers = await _wanted(session, args)
    if not numbers and not args.all:
        raise CommandError(phrase(locale, "recount", "unknown"))
    wrong = 0
    for number in numbers:
        async with desk.database.transaction() as session:
            lines, well = await _one(session, number, desk)
        wrong += not well
        print("\n".join(lines))
    print(phrase(locale, "recount", "wrong" if wrong else "well", count=len(numbers), wrong=wrong))
    return 1 if wrong else 0


async def _wanted(session: AsyncSession, args: argparse.Namespace) -> Sequence[int]:
    query = select(col(Ballot.id)).order_by(col(Ballot.id))
    if args.ballot is not None:
        query = query.where(col(Ballot.id) == args.ballot)
    elif args.item is not None:
        query = query.join(AgendaItem, col(AgendaItem.id) == col(Ballot.item_id))
        query = query.where(col(AgendaItem.code) == args.item.strip().upper())
    return (await session.execute(query)).scalars().all()


async def _one(session: AsyncSession, number: int, desk: Desk) -> tuple[list[str], bool]:
    """What is printed of one ballot, and whether it adds up."""
    locale = desk.settings.locale
    ballot = await session.get_one(Ballot, number)
    code = select(col(AgendaItem.code)).where(col(AgendaItem.id) == ballot.item_id)  # its words may be under lost keys
    head = phrase(
        locale,
        "recount",
        "secret" if ballot.secret else "recorded",
        number=ballot.id,
        code=(await session.execute(code)).scalar_one(),
        at=f"{ballot.opened_at.astimezone(desk.policy.zone):%Y-%m-%d %H:%M}",
        electorate=ballot.standing + ballot.invited,
    )
    if await is_nameless(session, ballot):
        counted = Recount(counted_votes(ballot), ())
        return [
            head,
            "  " + await _count(session, ballot, counted, locale),
            "  " + phrase(locale, "recount", "nameless"),
        ], True
    try:
        again = recount(await stored_ballot(session, ballot))
    except (CannotDecryptError, UrnError):
        return [head, "  ✗ " + phrase(locale, "recount_fault", _UNREADABLE)], False
    faults = ["  ✗ " + phrase(locale, "recount_fault", fault.value) for fault in again.faults]
    words = faults or ["  ✓ " + phrase(locale, "recount", "adds_up")]
    return [head, "  " + await _count(session, ballot, again, locale), *words], again.adds_up


async def _count(session: AsyncSession, ballot: Ballot, again: Recount, locale: str) -> str:
    """The count anew; of a secret ballot that is not closed the turnout alone."""
    turnout = again.tally.turnout if again.tally else (await tally_now(session, ballot)).turnout
    if not is_published(ballot.outcome, secret=ballot.secret):
        return phrase(locale, "recount", "unpublished", turnout=turnout, seal=seal_shown(ballot))
    if again.tally is None or ballot.state is not BallotState.CLOSED:
        return phrase(locale, "recount", ballot.state.value, turnout=turnout)
    return phrase(
        locale,
        "recount",
        "closed",
        favour=again.tally.favour,
        against=again.tally.against,
        abstain=again.tally.abstain,
        outcome=phrase(locale, "recount_outcome", str(ballot.outcome)),
        seal=seal_shown(ballot),
    )
