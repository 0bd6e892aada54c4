"""An alarm's whole way: from the fault to the administrator's chat."""

import asyncio

from domain.usecases.incidents import Listener
from handlers.api import BotApi
from handlers.limiter import Limiter
from handlers.sender import TelegramSender
from scheduler.alarm_line import AlarmLine
from scheduler.watch import Watch
from tests.support.county import ADMIN, POLICY, WORKER
from tests.support.hands import TOKEN, Bench

POISON = {"update_id": 5000, "message": {"message_id": 1, "chat": {"id": WORKER, "type": "private"}, "text": 7}}


def watch(bench: Bench, listener: Listener | None = None) -> Watch:
    """The watch of the running program."""
    loop = asyncio.get_running_loop()
    api = BotApi(bench.program.requests[0], f"{bench.box.url}/bot{TOKEN}")
    sender = TelegramSender(api, Limiter(0, clock=loop.time, call_later=loop.call_later))
    line = AlarmLine(sender, place="county-1:42", listener=listener)
    return Watch(bench.database, line, clock=bench.clock, seconds=bench.clock.seconds, policy=POLICY)


async def test_a_poisoned_update_is_set_aside_told_to_the_administrator_and_nobody_waits_for_it(bench: Bench) -> None:
    watches = watch(bench), watch(bench)
    await bench.inbox.store([POISON])
    worker = bench.person(WORKER)
    assert (await worker.say_all("/help"))[-1].text  # later updates go on
    for one in (*watches, *watches):
        await one.look()
    (told,) = bench.person(ADMIN).reads()
    assert told.text.startswith("⚠️ 告警 set_aside（county-1:42）\n近10分钟有1条来信三次处理失败")
    worker.reads()


async def test_an_alarm_that_telegram_failed_to_take_comes_at_the_next_look_from_one_replica(bench: Bench) -> None:
    one = watch(bench, Listener(ADMIN, "en"))
    await bench.inbox.store([POISON])
    await bench.settle()
    bench.person(WORKER).reads()
    bench.box.fault("server_error", method="sendMessage")
    await one.look()
    await watch(bench, Listener(ADMIN, "en")).look()
    assert bench.person(ADMIN).reads() == []
    await one.look()
    await one.look()
    (told,) = bench.person(ADMIN).reads()
    assert told.text.startswith("⚠️ Alarm set_aside (county-1:42)")
