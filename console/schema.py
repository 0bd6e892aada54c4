"""Bringing the database's tables up to date."""

import argparse

from console.desk import Desk, is_up_to_date, standing
from models.schema import migrate as upgrade


def declare_migrate(_parser: argparse.ArgumentParser) -> None:
    """`migrate` has no options."""


async def migrate(desk: Desk, _args: argparse.Namespace) -> int:
    """Bring the database's tables up to date."""
    before, newest = await standing(desk.database)
    if await is_up_to_date(desk.database):
        print(f"the tables are up to date already ({newest})")
        return 0
    await upgrade(desk.database)
    print(f"the tables are up to date now ({before or 'empty'} → {newest})")
    return 0
