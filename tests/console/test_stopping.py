"""Stopping the program as a service manager does, and what its log says of a fault."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from pathlib import Path

import pytest

from console.log import set_up_logging

ROOT = Path(__file__).parents[2]


async def test_the_program_ends_well_when_it_is_told_to_stop(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SUOZI_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "bot.py", "sandbox", "--port", "0"),
        cwd=ROOT,
        env={**environment, "SUOZI_DATA_DIR": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        while b"http://" not in await process.stdout.readline():
            pass
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            _, said = await process.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError):  # it has ended, as it should
            process.kill()
    assert process.returncode == 0, said.decode()
    assert not (tmp_path / "suozi.db-wal").exists()  # the database was closed


def test_a_fault_is_told_by_its_kinds_and_places_and_never_by_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        set_up_logging("INFO")
        try:
            try:
                raise ValueError("王秀英")
            except ValueError as error:
                raise LookupError("19000000001") from error
        except LookupError:
            logging.getLogger("suozi").exception("something_failed id=%d", 7)
    finally:
        root.handlers[:], root.level = before
    line = capsys.readouterr().err
    assert "something_failed id=7" in line
    assert "LookupError < ValueError" in line
    assert "test_stopping.py" in line
    assert "王秀英" not in line
    assert "19000000001" not in line
