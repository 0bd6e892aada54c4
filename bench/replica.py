"""Suozi as one of several replicas behind one webhook address: what comes in by HTTP is written down, then answered.

    python bench/replica.py PORT

The program is `bot.py`'s own, put together as there, with another way in: `POST /updates` takes a list of updates, and
is answered once they are stored. Its settings are the environment's.
"""

import argparse
import asyncio
import sys
from pathlib import Path

from aiohttp import web

sys.path.insert(0, str(Path(__file__).parent.parent))

from bot import Program
from console.log import set_up_logging
from console.settings import Settings, read_settings
from handlers.inbox import Inbox
from models import keyring


class WayIn:
    """Takes updates by HTTP in the place of the poll loop."""

    def __init__(self, inbox: Inbox, port: int) -> None:
        self._inbox = inbox
        self._port = port

    async def watch(self) -> None:
        """It does not wait for anything."""

    async def run(self) -> None:
        """Listen until cancelled."""
        app = web.Application()
        app.router.add_post("/updates", self._take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self._port).start()
        try:
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        await self._inbox.store(await request.json())
        return web.Response()


async def replica(settings: Settings, port: int) -> None:
    """Run until cancelled."""
    database = settings.open_database()
    program = Program(
        settings.policy(),
        database,
        token=settings.bot_token,
        api_url=settings.bot_api_url,
        rate=settings.messages_per_second,
    )
    program.way_in = WayIn(program.inbox, port)
    try:
        await program.run()
    finally:
        await database.close()


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    port = parser.parse_args().port
    settings = read_settings()
    keyring.install(settings.open_keyring())
    set_up_logging("WARNING")
    try:
        asyncio.run(replica(settings, port))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
