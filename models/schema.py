"""The schema's history: bringing a database up to date, and telling where it stands."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from models.session import Database

_FOLDER = Path(__file__).parent.parent / "migrations"


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config


async def migrate(database: Database) -> None:
    """Bring the database up to the newest schema; nothing happens when it is there already."""
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(_config(sync), "head"))


async def revisions(database: Database) -> tuple[str | None, str | None]:
    """The revision the database is at, and the newest one there is."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(_revisions)


def known_revisions() -> frozenset[str]:
    """Every revision that this program knows, the oldest to the newest."""
    return frozenset(script.revision for script in ScriptDirectory(str(_FOLDER)).walk_revisions())


def _revisions(connection: Connection) -> tuple[str | None, str | None]:
    newest = ScriptDirectory(str(_FOLDER)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision(), newest
