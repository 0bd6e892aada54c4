"""`erase`: the data of one person, and the proof that it is gone: a search through every table."""

import argparse
import logging
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select, text
from sqlmodel import SQLModel, col
from tqdm import tqdm

from console.desk import Desk, prepare
from console.errors import CommandError
from domain.refusals import RefusedError
from domain.usecases.erasing import HeldError, Person, among_others, erase_person, is_held, person_of, take_out_all
from domain.usecases.mentions import Mention, count_rows, look, searched_tables
from messages.console import phrase
from models.household import Household, Resident
from models.session import Database

_log = logging.getLogger(__name__)
ROUNDS = 3  # of searching and taking out, while people go on writing


def declare_erase(parser: argparse.ArgumentParser) -> None:
    """The options of `erase`."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--household", metavar="CODE", help="list the people of a household with their numbers")
    which.add_argument(
        "--resident", type=int, metavar="NUMBER", help="whose data; without --yes only say what there is"
    )
    parser.add_argument("--also", action="append", default=[], metavar="TEXT", help="another word that means her alone")
    parser.add_argument(
        "--pictures", action="store_true", help="with all pictures and voices of her household's records"
    )
    parser.add_argument("--yes", action="store_true", help="erase it; needs --by")
    parser.add_argument("--by", metavar="NAME", help="who says so")


async def erase(desk: Desk, args: argparse.Namespace) -> int:
    """List, look, or erase and prove. 1 when something of her is left. Raises CommandError."""
    locale = desk.settings.locale
    await prepare(desk.database)
    if args.household:
        return await _list(desk, args.household)
    by = (args.by or "").strip()[:80]
    if args.yes and not by:
        raise CommandError(phrase(locale, "erase", "who"))
    if any(len(word.strip()) < 2 for word in args.also):
        raise CommandError(phrase(locale, "erase", "too_short"))
    try:
        async with desk.database.transaction() as session:
            person = await person_of(session, args.resident, [word.strip() for word in args.also])
            held = await is_held(session, person)
    except RefusedError:
        raise CommandError(phrase(locale, "erase", "unknown")) from None
    if held:  # it is known without the search, which takes its time
        raise CommandError(phrase(locale, "erase", "held"))
    mentions, unreadable = await _search(desk.database, person)
    person = among_others(person, mentions)
    async with desk.database.transaction() as session:
        if await is_held(session, person, mentions):
            raise CommandError(phrase(locale, "erase", "held"))
    _tell(locale, person, mentions, unreadable)
    if not args.yes:
        print(phrase(locale, "erase", "only_looked"))
        return 0
    return await _erase(desk, person, mentions, pictures=args.pictures, by=by)


async def _list(desk: Desk, code: str) -> int:
    query = (
        select(Resident)
        .join(Household, col(Household.id) == col(Resident.household_id))
        .where(col(Household.code) == code.strip().upper())
        .order_by(col(Resident.id))
    )
    async with desk.database.transaction() as session:
        people = (await session.execute(query)).scalars().all()
    if not people:
        raise CommandError(phrase(desk.settings.locale, "erase", "unknown"))
    for one in people:
        print(f"{one.id}  {one.name}  {one.relation}" + (f"  → {one.left_on}" if one.left_on else ""))
    return 0


async def _search(database: Database, person: Person) -> tuple[list[Mention], int]:
    """Every mention of the words in the whole database, and how many values no key opens."""
    found: list[Mention] = []
    unreadable, tables = 0, searched_tables()
    async with database.transaction() as session:
        total = sum([await count_rows(session, table) for table in tables])
    with tqdm(total=total, unit="", disable=None) as bar:
        for table in tables:
            after, more = None, True
            while more:
                async with database.transaction() as session:
                    page = await look(session, table, person.forms, after)
                found += page.mentions
                unreadable += page.unreadable
                bar.update(page.rows)
                after, more = page.last, page.last is not None
    return found, unreadable


def _tell(locale: str, person: Person, mentions: Sequence[Mention], unreadable: int) -> None:
    hers = Counter(one.table for one in mentions if person.is_hers(one))
    others = Counter(one.table for one in mentions if not person.is_hers(one))
    for words, counts in (("hers", hers), ("others", others)):
        for table, count in sorted(counts.items()):
            print(phrase(locale, "erase", words, table=table, count=count))
    if person.namesakes:
        print(phrase(locale, "erase", "namesakes", count=person.namesakes))
    if unreadable:
        print(phrase(locale, "erase", "unreadable", count=unreadable))


async def _erase(desk: Desk, person: Person, mentions: Sequence[Mention], *, pictures: bool, by: str) -> int:
    locale = desk.settings.locale
    try:
        async with desk.database.transaction() as session:
            gone = await erase_person(session, person, mentions, pictures=pictures, by=by, now=desk.now)
    except HeldError:
        raise CommandError(phrase(locale, "erase", "held")) from None
    except RefusedError:
        raise CommandError(phrase(locale, "erase", "unknown")) from None
    for table, count in sorted(gone.items()):
        print(phrase(locale, "erase", "gone", table=table, count=count))
    await _wipe(desk.database, gone)
    _log.warning("person_erased resident=%d rows=%d", person.resident_id, sum(gone.values()))
    if person.pictures and not pictures:
        print(phrase(locale, "erase", "pictures", count=person.pictures))
    left, unreadable, still = await _prove(desk.database, person)
    tables, others = len(searched_tables()), len(left) - len(still)
    _tell(locale, person, left, unreadable)
    print(phrase(locale, "erase", "left" if still else "nothing", count=len(still), tables=tables, others=others))
    return 1 if still or unreadable else 0


async def _prove(database: Database, person: Person) -> tuple[list[Mention], int, list[Mention]]:
    """Search again; what somebody wrote of her meanwhile is taken out as well. What is left, of others and of her."""
    for _ in range(ROUNDS):
        left, unreadable = await _search(database, person)
        still = [one for one in left if person.is_hers(one)]
        if not any(one.changeable for one in still):
            break
        async with database.transaction() as session:
            await take_out_all(session, person, still, Counter())
    return left, unreadable, still


async def _wipe(database: Database, gone: Counter[str]) -> None:
    """What the rows held before: out of the embedded database's log; on PostgreSQL its place is set free."""
    if database.is_sqlite:
        await database.forget_overwritten()
        return
    async with database.engine.connect() as connection:
        free = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for table in sorted(SQLModel.metadata.tables.keys() & gone.keys()):
            await free.execute(text(f'VACUUM "{table}"'))
