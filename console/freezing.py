"""`frozen`: the frozen accounts, and giving one back where no administrator can."""

import argparse

from console.desk import Desk, prepare
from console.errors import CommandError
from domain.usecases.freezing import all_frozen, lift
from messages.console import phrase


def declare_frozen(parser: argparse.ArgumentParser) -> None:
    """The options of `frozen`."""
    parser.add_argument("--give-back", type=int, metavar="NUMBER", help="give this account back to its owner")


async def frozen(desk: Desk, args: argparse.Namespace) -> int:
    """List the frozen accounts, or give one of them back. Raises CommandError for a number that is not listed."""
    locale = desk.settings.locale
    await prepare(desk.database)
    async with desk.database.transaction() as session:
        accounts = await all_frozen(session)
        if args.give_back is None:
            for one in accounts:
                day = desk.policy.today(one.freeze.frozen_at)
                print(phrase(locale, "frozen", "line", number=one.freeze.id, name=one.name, by=one.frozen_by, day=day))
            print(phrase(locale, "frozen", "count", count=len(accounts)))
            return 0
        found = next((one for one in accounts if one.freeze.id == args.give_back), None)
        if found is None:
            raise CommandError(phrase(locale, "frozen", "unknown", number=args.give_back))
        await lift(session, found.freeze, by_id=None, now=desk.now, policy=desk.policy)
    print(phrase(locale, "frozen", "given_back", name=found.name))
    return 0
