"""The sandbox on this machine: its port, its files, and its life from the made-up county to the end."""

import argparse
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import datetime
from pathlib import Path

from console.desk import Desk, prepare
from console.embedded import is_in_use, remove
from console.errors import CommandError
from console.settings import Settings

SANDBOX_PORT = 8081
SANDBOX_TOKEN = "7000000001:sandbox-token-for-this-machine-only"  # noqa: S105
_LOCALHOST = "127.0.0.1"


def declare_sandbox(parser: argparse.ArgumentParser) -> None:
    """The options of `sandbox`."""
    parser.add_argument(
        "--port", type=_port, default=SANDBOX_PORT, help="of the chat page (default %(default)s; 0: any)"
    )
    parser.add_argument(
        "--brisk",
        action="store_true",
        help="show every change in a group at once; Telegram allows 20 messages a minute",
    )
    parser.add_argument("--clean", action="store_true", help="forget the sandbox's county and chats first")
    parser.add_argument("--server-only", action="store_true", help="start the stand-in for Telegram without the bot")


@asynccontextmanager
async def stand_in_for_telegram(
    desk: Desk, args: argparse.Namespace, *, clock: Callable[[], datetime]
) -> AsyncIterator[str]:
    """A Telegram of our own with a made-up county in it, and its chat page; gives its address. Raises CommandError."""
    # A bot on Telegram carries no server, no page and no made-up county.
    from console import demo  # noqa: PLC0415
    from sandbox.server import Sandbox  # noqa: PLC0415

    state_file = own_sandbox(desk.settings, port=args.port, clean=args.clean)
    await prepare(desk.database)
    county = await demo.ensure_county(desk.database, now=desk.now, policy=desk.policy)
    box = Sandbox(lambda: clock().timestamp(), random.SystemRandom(), SANDBOX_TOKEN, state_file=state_file)
    await demo.people_the_sandbox(desk.database, box, today=desk.today)
    try:
        url = await box.start(port=args.port)
        print(f"\n  梭子 Suozi\n  {county}\n\n  打开聊天页 / open the chat page:  {url}\n", flush=True)
        if args.server_only:
            print(f"  SUOZI_BOT_API_URL={url} SUOZI_BOT_TOKEN={SANDBOX_TOKEN}\n", flush=True)
        print("  Ctrl+C 结束 / to stop\n", flush=True)
        yield url
    finally:
        await box.stop()


def own_sandbox(settings: Settings, *, port: int, clean: bool) -> Path:
    """Make sure that the sandbox may have its port and its files; the file that its chats are kept in.

    Raises CommandError.
    """
    if settings.bot_token:
        raise CommandError(
            "SUOZI_BOT_TOKEN: is set, so reminders belong on Telegram; in a sandbox they would reach nobody."
            " Unset it first."
        )
    chats = settings.data_dir / "sandbox.db"
    if is_in_use(chats):
        raise CommandError(
            f"a sandbox is running already with {chats}; stop it, or set SUOZI_DATA_DIR to another folder"
        )
    _claim(port)
    if clean:
        _forget(settings, chats)
    return chats


def _claim(port: int) -> None:
    from sandbox.listener import open_listener  # noqa: PLC0415 - a bot on Telegram needs no server

    try:
        with closing(open_listener(_LOCALHOST, port)):
            return
    except OSError as error:
        raise CommandError(
            f"port {port} cannot be used ({error.strerror});"
            " choose another with `bot.py sandbox --port` (0: any free one)"
        ) from error


def _forget(settings: Settings, chats: Path) -> None:
    county = settings.embedded_file
    if settings.database_url:
        raise CommandError("SUOZI_DATABASE_URL: is set, and --clean forgets the embedded database only")
    if county.exists() and not chats.exists():
        raise CommandError(
            f"{county} was never used by a sandbox, so --clean leaves it alone; remove it by hand if you mean to"
        )
    if is_in_use(county):
        raise CommandError(f"{county} is in use by another process; stop that one first")
    remove(county)
    remove(chats)


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return number
