"""What the limiter costs, how much of the allowed rate bulk gets, and how long a red alert waits behind it.

Time is simulated, except for the cost of a send and for the last line, which lets a real event loop keep the pace.

    python -m bench.limiter
"""

import asyncio
import time

from domain.channel import Lane
from handlers.limiter import Limiter
from handlers.pacer import Pacer

PEOPLE = 20_000
REDS = 10
SERVICE = 0.05  # seconds until Telegram has answered
LATENESS = 0.002  # seconds by which a timer of a busy event loop rings late


def bulk_with_alerts(alerts_at: float) -> tuple[float, float, list[float]]:
    """One digest to each of 20,000 people and ten red alerts in their midst.

    Returns the seconds the digests took (simulated), the microseconds one send cost (real) and the alerts' waits.
    """
    began = time.perf_counter()
    pacer = Pacer(30)
    under_way = [pacer.ask(1, Lane.DIGEST, 0.0)]
    for chat in range(2, PEOPLE + 1):
        pacer.ask(chat, Lane.DIGEST, 0.0)
    waits: list[float] = []
    now = 0.0
    alerted = False
    while (at := pacer.next_at()) is not None:
        now = max(now, at + LATENESS)
        if not alerted and now >= alerts_at:
            now, alerted = alerts_at, True
            gone = [pacer.ask(-chat, Lane.RED, now) for chat in range(1, REDS + 1)]
            waits += [0.0 for ticket in gone if ticket.gone]
        for ticket in pacer.release(now):
            if ticket.line.lane is Lane.RED:
                waits.append(now - alerts_at)
            under_way.append(ticket)
        for ticket in under_way:
            pacer.done(ticket)
        under_way.clear()
    return now, (time.perf_counter() - began) / (PEOPLE + REDS) * 1e6, waits


async def cost_without_limits() -> float:
    """Microseconds of a turn with limits off."""
    loop = asyncio.get_running_loop()
    limiter = Limiter(0, clock=loop.time, call_later=loop.call_later)
    began = time.perf_counter()
    for chat in range(1, 100_001):
        async with limiter.turn(chat % 5000, Lane.REPLY):
            pass
    return (time.perf_counter() - began) / 100_000 * 1e6


async def real_rate(seconds: float) -> float:
    """Digests a second when a real event loop keeps the pace."""
    loop = asyncio.get_running_loop()
    limiter = Limiter(30, clock=loop.time, call_later=loop.call_later)
    sent: list[float] = []

    async def send(chat: int) -> None:
        async with limiter.turn(chat, Lane.DIGEST):
            sent.append(loop.time())
            await asyncio.sleep(SERVICE)

    tasks = [asyncio.create_task(send(chat)) for chat in range(1, round(seconds * 30))]
    await asyncio.gather(*tasks)
    return (len(sent) - 1) / (sent[-1] - sent[0])


def main() -> None:
    """Run the benchmark and print its figures."""
    took, cost, waits = bulk_with_alerts(300.0)
    print(f"bulk        {PEOPLE / took:.2f} digests/s of 30 allowed, {cost:.1f} us a send with {PEOPLE} waiting")
    print(f"red         {REDS} alerts into that bulk waited s: " + " ".join(f"{wait:.2f}" for wait in waits) + " s")
    print(f"limits off  {asyncio.run(cost_without_limits()):.1f} us a turn")
    print(f"real loop   {asyncio.run(real_rate(10.0)):.2f} digests/s of 30 allowed")


if __name__ == "__main__":
    main()
