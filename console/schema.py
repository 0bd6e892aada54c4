"""Bringing the database's tables up to date."""

import argparse

from console.desk import Desk, is_up_to_date, standing
from console.errors import CommandError
from models.schema import TablesHeldError
from models.schema import migrate as upgrade

HELD = (
    "nothing was changed: another program holds a table in a transaction that does not end. Look who it is"
    " (SELECT pid, state, xact_start, application_name FROM pg_stat_activity WHERE xact_start IS NOT NULL"
    " ORDER BY xact_start), end that, and run this again"
)


def declare_migrate(_parser: argparse.ArgumentParser) -> None:
    """`migrate` has no options."""


async def migrate(desk: Desk, _args: argparse.Namespace) -> int:
    """Bring the database's tables up to date. Raises CommandError."""
    before, newest = await standing(desk.database)
    if await is_up_to_date(desk.database):
        print(f"the tables are up to date already ({newest})")
        return 0
    try:
        await upgrade(desk.database)
    except TablesHeldError as error:
        raise CommandError(HELD, status=1) from error
    print(f"the tables are up to date now ({before or 'empty'} → {newest})")
    return 0
