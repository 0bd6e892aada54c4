"""How soon the bot answers after its process was started, and the memory it keeps while nothing happens.

    seconds   from the start of the process to the first reply, on a migrated SQLite database without households; the
              message was waiting at Telegram already. Interpreter and imports are part of it.
    idle_mb   resident memory some seconds later, after that one conversation, without the sandbox (it runs here).

Each is the median of several starts; the first start of all is not counted, it warms the disk's cache.

    startup seconds=… idle_mb=…
"""

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.crowd import Crowd, Say
from bench.processes import TOKEN, found_county, now, running, suozi
from sandbox.server import Sandbox

IDLE_SECONDS = 3.0


async def one_start(folder: Path, person: int) -> tuple[float, float]:
    """The seconds to the first reply of one start, and the memory after it."""
    box = Sandbox(lambda: now().timestamp(), random.Random(1), TOKEN)
    box.add_person(person, "陈秀兰", started=True)
    crowd = Crowd(box, [person], (Say("/me"),))
    crowd.stop()
    url = await box.start()
    command, settings = suozi(folder, url)
    try:
        crowd.begin()
        begun = time.perf_counter()
        async with running(command, folder / "log.txt", settings) as bot:
            await crowd.until(lambda: crowd.finished == 1 or not bot.alive, 120)
            if not bot.alive:
                raise RuntimeError(f"the bot ended by itself:\n{bot.log.read_text()[-2000:]}")
            seconds = time.perf_counter() - begun
            await asyncio.sleep(IDLE_SECONDS)
            return seconds, bot.memory_mb()
    finally:
        await box.stop()


async def main(starts: int) -> None:
    """Start it so many times and once more."""
    with tempfile.TemporaryDirectory(prefix="suozi-startup-") as name:
        folder = Path(tempfile.mkdtemp(dir=name))
        (person,) = await found_county(folder, people=1, now=now())
        samples = []
        for number in range(starts + 1):
            # A copy: the sandbox counts its updates from the same number each time, and a known one is passed over.
            seconds, memory = await one_start(Path(shutil.copytree(folder, f"{name}/{number}")), person)
            print(f"start {number}: {seconds:.2f} s, {memory:.0f} MB idle", flush=True)
            samples.append((seconds, memory))
    counted = samples[1:]
    print(f"startup seconds={median(s for s, _ in counted):.2f} idle_mb={median(m for _, m in counted):.0f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="three starts instead of seven, under 45 seconds")
    asyncio.run(main(3 if parser.parse_args().quick else 7))
