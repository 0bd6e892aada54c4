"""The schema's history: bringing a database up to date, and telling where it stands.

Alembic is loaded only to migrate: a program that starts on an up-to-date database, as almost every start does, needs
no more than the names of its migrations. Their files begin with their revision, and every one follows the last.
"""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from models.session import Database

_FOLDER = Path(__file__).parent.parent / "migrations"


async def migrate(database: Database) -> None:
    """Bring the database up to the newest schema; nothing happens when it is there already."""
    async with database.engine.begin() as connection:
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415

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
