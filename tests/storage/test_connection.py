"""Our connection to SQLite, where it does more than the library's."""

import asyncio
from pathlib import Path

from models.aiosqlite_at_once import Connection


async def test_a_connection_that_is_stopped_while_it_closes_comes_to_its_end(tmp_path: Path) -> None:
    connection = await Connection(str(tmp_path / "x.db"))
    closing = asyncio.create_task(connection.close())
    await asyncio.sleep(0)  # it waits for its thread now
    stopped = connection.stop()
    closing.cancel()
    done, _ = await asyncio.wait({closing}, timeout=10)
    assert closing in done
    assert stopped is not None
    await stopped
