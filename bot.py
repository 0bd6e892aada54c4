"""Suozi (梭子): the composition root and the command line. Nothing else holds a clock or reads a setting."""

import argparse
import asyncio
import contextlib
import logging
import random
import sys
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from console import demo
from domain.rules.policy import Policy
from handlers.api import BotApi
from handlers.inbox import Inbox
from handlers.limiter import Limiter
from handlers.poll import Poller, TokenRefused
from handlers.replies import Replies
from handlers.request import AiohttpRequest
from handlers.sender import TelegramSender
from messages.render import LOCALES, labels
from models import keyring
from models.schema import migrate
from models.session import Database
from sandbox.server import Sandbox
from scheduler.deliver import Deliverer
from scheduler.jobs import build_scheduler
from scheduler.sweep import Sweep

UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
SANDBOX_TOKEN = "7000000001:sandbox-token-for-this-machine-only"  # noqa: S105
SANDBOX_PORT = 8081
_log = logging.getLogger("suozi")


def utc_now() -> datetime:
    """The program's clock."""
    return datetime.now(UTC)  # noqa: TID251


class Settings(BaseSettings):
    """The settings, from the environment (`SUOZI_…`) or a file `.env`."""

    model_config = SettingsConfigDict(env_prefix="SUOZI_", env_file=".env", extra="ignore")

    bot_token: str = ""
    bot_api_url: str = "https://api.telegram.org"
    database_url: str = ""
    timezone: str = "Asia/Shanghai"
    locale: str = "zh"
    data_dir: Path = Path("data")
    secret_keys: str = ""
    messages_per_second: int = Field(default=30, ge=0)
    digest_at: str = "08:00"
    log_level: str = "INFO"

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("is not a time zone such as Asia/Shanghai") from error
        return value

    @field_validator("locale")
    @classmethod
    def _known_locale(cls, value: str) -> str:
        if value not in LOCALES:
            raise ValueError("must be zh or en")
        return value

    @field_validator("bot_token")
    @classmethod
    def _token_shape(cls, value: str) -> str:
        number, colon, secret = value.partition(":")
        if value and not (number.isdigit() and colon and secret):
            raise ValueError("does not look like a bot token (123456:ABC…)")
        return value

    @field_validator("bot_api_url")
    @classmethod
    def _url_shape(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/")

    def policy(self) -> Policy:
        """The county's figures."""
        hour, minute = self.digest_at.split(":")
        return Policy(zone=ZoneInfo(self.timezone), digest_at=datetime.min.replace(hour=int(hour), minute=int(minute)).time())

    def open_database(self) -> Database:
        """The database that is set, or the embedded one."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        return Database(self.database_url or f"sqlite:///{self.data_dir / 'suozi.db'}")

    def open_keyring(self) -> keyring.Keyring:
        """The keys that are set; without any, the embedded default keeps one beside its database."""
        if self.secret_keys:
            return keyring.Keyring([key.strip() for key in self.secret_keys.split(",")])
        self.data_dir.mkdir(parents=True, exist_ok=True)
        file = self.data_dir / "secret.key"
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(keyring.new_key())
        return keyring.Keyring([file.read_text().strip()])


class Program:
    """Everything that runs, put together."""

    def __init__(self, settings: Settings, database: Database, *, token: str, api_url: str, rate: int) -> None:
        policy = settings.policy()
        loop = asyncio.get_running_loop()
        # A poll that waits must never hold a connection that a reply needs.
        self._requests = (AiohttpRequest(), AiohttpRequest(connections=2))
        base = f"{api_url}/bot{token}"
        self.sender = TelegramSender(
            BotApi(self._requests[0], base), Limiter(rate, clock=loop.time, call_later=loop.call_later)
        )
        self.replies = Replies(self.sender)
        self.inbox = Inbox(database, clock=utc_now, policy=policy, send=self.replies)
        self.poller = Poller(
            BotApi(self._requests[1], base),
            self.inbox.store,
            allowed_updates=UPDATES,
            clock=loop.time,
            wait=asyncio.sleep,
            rng=random.SystemRandom().random,
        )
        self.sweep = Sweep(database, clock=utc_now, policy=policy)
        deliverer = Deliverer(database, self.sender, clock=utc_now, policy=policy)
        self.scheduler = build_scheduler(self.sweep, deliverer, policy.zone)

    async def run(self) -> None:
        """Run until cancelled. Raises TokenRefused when Telegram does not know the token."""
        for request in self._requests:
            await request.initialize()
        try:
            self.scheduler.start()
            await self.sweep.morning()
            await self.sender.set_commands(command_list())
            await self._until_one_fails(self.inbox.run(), self.poller.run())
        finally:
            self.scheduler.shutdown(wait=False)
            await self.replies.drain()
            for request in self._requests:
                await request.shutdown()

    @staticmethod
    async def _until_one_fails(*loops: Coroutine[None, None, None]) -> None:
        tasks = [asyncio.ensure_future(loop) for loop in loops]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def command_list() -> dict[str, list[tuple[str, str]]]:
    """The commands with their descriptions, by language."""
    return {locale: list(labels(locale)["command"].items()) for locale in LOCALES}


async def run(settings: Settings, args: argparse.Namespace) -> int:
    """Run the bot: on Telegram with a token, in the sandbox without."""
    database = settings.open_database()
    try:
        if settings.bot_token:
            if database.is_sqlite:
                await migrate(database)
            program = Program(
                settings,
                database,
                token=settings.bot_token,
                api_url=settings.bot_api_url,
                rate=settings.messages_per_second,
            )
            await program.run()
        else:
            await run_in_sandbox(settings, database, args)
    except TokenRefused:
        print("SUOZI_BOT_TOKEN: Telegram does not know this token; ask @BotFather for the present one.", file=sys.stderr)
        return 2
    finally:
        await database.close()
    return 0


async def run_in_sandbox(settings: Settings, database: Database, args: argparse.Namespace) -> None:
    """Run against the embedded stand-in for Telegram, in a made-up county."""
    await migrate(database)
    county = await demo.ensure_county(database, now=utc_now(), policy=settings.policy())
    box = Sandbox(
        lambda: utc_now().timestamp(),
        random.SystemRandom(),
        SANDBOX_TOKEN,
        state_file=settings.data_dir / "sandbox.db",
    )
    await demo.people_the_sandbox(database, box, today=settings.policy().today(utc_now()))
    url = await box.start(port=args.port)
    print(f"\n  梭子 Suozi\n  {county}\n\n  打开聊天页 / open the chat page:  {url}\n\n  Ctrl+C 结束 / to stop\n", flush=True)
    try:
        if args.server_only:
            await asyncio.Event().wait()
        await Program(settings, database, token=SANDBOX_TOKEN, api_url=url, rate=0).run()
    finally:
        await box.stop()


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    args = build_parser().parse_args(argv)
    try:
        settings = Settings()
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            print(f"SUOZI_{name}: {problem['msg'].removeprefix('Value error, ')}", file=sys.stderr)
        return 2
    try:
        keyring.install(settings.open_keyring())
    except ValueError as error:
        print(f"SUOZI_SECRET_KEYS: {error}", file=sys.stderr)
        return 2
    set_up_logging(settings.log_level)
    with contextlib.suppress(KeyboardInterrupt):
        return int(asyncio.run(args.do(settings, args)))
    return 0


def set_up_logging(level: str) -> None:
    """One line an event on standard error. Libraries that could print a token or a text stay quiet."""
    structlog.configure(
        wrapper_class=structlog.stdlib.BoundLogger, logger_factory=structlog.stdlib.LoggerFactory()
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "logger", "event"]),
        ]
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("httpx", "httpcore", "telegram", "aiohttp", "apscheduler", "alembic", "aiosqlite", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def build_parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    parser = argparse.ArgumentParser(
        prog="bot.py", description="Suozi (梭子): without SUOZI_BOT_TOKEN it runs in a sandbox on this machine."
    )
    parser.set_defaults(do=run, port=SANDBOX_PORT, server_only=False)
    commands = parser.add_subparsers(title="commands", metavar="")
    start = commands.add_parser("run", help="run the bot (the default)")
    start.set_defaults(do=run)
    box = commands.add_parser("sandbox", help="run in the sandbox, with options")
    box.add_argument("--port", type=int, default=SANDBOX_PORT, help="of the chat page (default %(default)s; 0: any)")
    box.add_argument("--clean", action="store_true", help="forget the sandbox's county and chats first")
    box.add_argument("--server-only", action="store_true", help="start the stand-in for Telegram without the bot")
    box.set_defaults(do=run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
