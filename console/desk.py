"""What a command has at hand."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.exc import SQLAlchemyError

from console.errors import CommandError
from console.settings import Settings
from domain.channel import Standing
from domain.rules.policy import Policy
from models.schema import known_revisions, migrate, revisions
from models.session import Database


@dataclass(frozen=True, slots=True)
class Desk:
    """What a command works with; bot.py lays it out, so that no command holds a clock."""

    settings: Settings
    database: Database
    now: datetime
    bot_name: Callable[[], Awaitable[str]]  # asks Telegram; raises CommandError
    standing: Callable[[], Awaitable[Standing | None]] | None = None  # asks Telegram how the bot stands with it

    @property
    def policy(self) -> Policy:
        """The county's figures."""
        return self.settings.policy()

    @property
    def today(self) -> date:
        """The county's local day."""
        return self.policy.today(self.now)


async def standing(database: Database) -> tuple[str | None, str | None]:
    """The revision of the database's schema and the newest one. Raises CommandError when it cannot be reached."""
    try:
        return await revisions(database)
    except (OSError, SQLAlchemyError) as error:
        raise CommandError(f"SUOZI_DATABASE_URL: the database cannot be reached: {_first_line(error)}") from error


async def prepare(database: Database) -> None:
    """Make sure of the newest schema: the embedded database is brought there, PostgreSQL by command alone.

    Raises CommandError.
    """
    if await is_up_to_date(database):
        return
    if not database.is_sqlite:
        raise CommandError("the database's tables are not up to date; run first: bot.py migrate")
    await migrate(database)


async def is_up_to_date(database: Database) -> bool:
    """Whether the schema is the newest. Raises CommandError for one that only a newer program knows."""
    current, newest = await standing(database)
    if current is not None and current not in known_revisions():
        raise CommandError(
            f"the database is from a newer version of this program (schema {current}); update the program"
        )
    return current == newest


def _first_line(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return (str(cause) or type(cause).__name__).splitlines()[0]
