"""Two replicas of the program (`bench/replica.py`) behind one webhook address: the updates are brought in turns."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp

from bench.processes import ROOT, free_port, running, suozi
from sandbox.records import Json
from sandbox.server import Sandbox


@asynccontextmanager
async def two_replicas(box: Sandbox, folder: Path, uri: str) -> AsyncIterator[None]:
    """Two processes, and whoever hands them the updates in turns."""
    async with AsyncExitStack() as stack:
        ports = [free_port(), free_port()]
        for port in ports:
            _, settings = suozi(folder, box.url, database_url=uri)
            settings["SUOZI_MESSAGES_PER_SECOND"] = "30"
            command: list[str | Path] = [ROOT / "bench" / "replica.py", str(port)]
            await stack.enter_async_context(running(command, folder / f"replica-{port}.log", settings))
        web = await stack.enter_async_context(aiohttp.ClientSession())
        for port in ports:
            await listening(port)
        handing = asyncio.create_task(hand_out(box, web, [f"http://127.0.0.1:{port}/updates" for port in ports]))
        try:
            yield
        finally:
            handing.cancel()
            await asyncio.gather(handing, return_exceptions=True)


async def listening(port: int) -> None:
    """Wait until somebody listens there."""
    for _ in range(2400):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise TimeoutError("a replica did not start")


async def hand_out(box: Sandbox, web: aiohttp.ClientSession, addresses: Sequence[str]) -> None:
    """Give the updates to the replicas in turns, each a share of what is waiting."""
    turn = 0
    while True:
        batch = box.world.updates.first(100)
        if not batch:
            await asyncio.sleep(0.002)
            continue
        shares = [batch[place :: len(addresses)] for place in range(len(addresses))]
        shares = shares[turn:] + shares[:turn]
        turn = (turn + 1) % len(addresses)
        await asyncio.gather(
            *(give(web, address, share) for address, share in zip(addresses, shares, strict=True) if share)
        )
        for update in batch:
            box.world.updates.confirm(update["update_id"])


async def give(web: aiohttp.ClientSession, address: str, share: list[Json]) -> None:
    """One delivery, confirmed."""
    async with web.post(address, json=share) as answer:
        answer.raise_for_status()
