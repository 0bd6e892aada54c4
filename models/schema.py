"""The schema's history: bringing a database up to date, and telling where it stands.

Alembic is loaded only to migrate: a program that starts on an up-to-date database, as almost every start does, needs
no more than the names of its migrations. Their files begin with their revision, and every one follows the last.
"""

import asyncio
import logging
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from models.session import Database

_log = logging.getLogger(__name__)
_FOLDER = Path(__file__).parent.parent / "migrations"
# Milliseconds that a change waits for a table, and all others who want it behind that: less than they have patience
# for. Then how often it is tried, and the seconds in between, in which they go on. Whoever vanished in the middle of a
# transaction has let go by the last time.
LONGEST_LOCK, TRIES, PAUSE = 4_000, 12, 3.0
_HELD = frozenset({"55P03", "40P01"})  # PostgreSQL's words for a lock that was waited for too long, and a deadlock


class TablesHeldError(Exception):
    """Somebody works with a table for so long that it could not be changed. Nothing was changed."""


async def migrate(database: Database) -> None:
    """Bring the database up to the newest schema, all or nothing; nothing happens when it is there already.

    Replicas may be at work meanwhile. Raises TablesHeldError.
    """
    for left in reversed(range(TRIES)):
        try:
            async with database.engine.begin() as connection:
                await connection.run_sync(_upgrade)
            return
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _HELD:
                raise
            if not left:
                raise TablesHeldError from error
            _log.warning("tables_waited_for error=%s", type(error.orig).__name__)
        await asyncio.sleep(PAUSE)


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415

    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = {LONGEST_LOCK}"))
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def revisions(database: Database) -> tuple[str | None, str | None]:
    """The revision the database is at (None: it has no tables of ours), and the newest one there is."""
    async with database.engine.connect() as connection:
        current = await connection.run_sync(_current_revision)
    return current, max(known_revisions(), default=None)


def known_revisions() -> frozenset[str]:
    """Every revision that this program knows; they sort from the oldest to the newest."""
    return frozenset(file.name.split("_")[0] for file in (_FOLDER / "versions").glob("[0-9]*_*.py"))


def _current_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
