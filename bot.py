"""Suozi (梭子): the composition root. Nothing else holds a clock."""

import argparse
import asyncio
import logging
import os
import secrets
import signal
import socket
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

if __name__ == "__main__" and (
    sys.argv[1:2] in ([], ["run"], ["sandbox"]) or signal.getsignal(signal.SIGINT) is signal.default_int_handler
):
    # Loading the rest takes a second, and nothing has begun yet: SIGINT ends the program at once and without a
    # traceback, also one that runs until it is told to stop and was born deaf to it (console/stopping.py).
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from console.backup import embedded_file
from console.command_line import RUN, RUNS, SANDBOX, build_parser
from console.desk import Desk, prepare
from console.drill import drill
from console.errors import CommandError, exit_status
from console.log import set_up_logging
from console.sandbox import SANDBOX_TOKEN, stand_in_for_telegram
from console.settings import Settings, read_settings
from console.stopping import Shares, Stop, stage, until_one_ends
from domain.rules.policy import Policy
from domain.usecases.figures import OperatingFigures, operating_figures
from domain.usecases.incidents import Listener
from handlers.checkup import standing_with_telegram
from handlers.files import TelegramFiles
from handlers.front_door import Address
from handlers.group_views import view_of
from handlers.health import Health, why_not_ready
from handlers.identity import NoAnswerError, bot_username, own_name
from handlers.inbox import Inbox
from handlers.menu import command_list
from handlers.metrics import FailureCounter, Metrics
from handlers.poll import TokenRefused
from handlers.replies import Replies
from handlers.sent import NotedChannel, SentMessages
from handlers.way_in import open_way_in
from handlers.wire import Wire
from models import keyring
from models.session import Database
from scheduler.alarm_line import AlarmLine
from scheduler.deliver import Deliverer
from scheduler.group_posts import PACE, GroupPoster
from scheduler.kept_files import FileKeeper
from scheduler.running import Job
from scheduler.sweep import Sweep
from scheduler.ticking import Ticking
from scheduler.vanish import Vanisher

TOKEN_UNKNOWN = "SUOZI_BOT_TOKEN: Telegram does not know this token; ask @BotFather for the present one."  # noqa: S105
# Seconds that a stop leaves to what was begun, one after the other and at most: together they have less
# (console/stopping.py), and what comes after a stage keeps its share.
LAST_REPLIES, LAST_JOBS, LAST_LEASES = 10.0, 5.0, 2.0
LAST_POSTS, LAST_WORD = 3.0, 1.0
CLOSING = 6.0  # for the database: longer than it waits for a lock


def utc_now() -> datetime:
    """The program's clock."""
    return datetime.now(UTC)  # noqa: TID251


class Program:
    """Everything that runs, put together."""

    def __init__(
        self,
        policy: Policy,
        database: Database,
        *,
        token: str,
        api_url: str,
        rate: int,
        address: Address | None = None,
        operator: Listener | None = None,
        group_pace: timedelta = PACE,
    ) -> None:
        """`address` says where to listen: for the updates, if they are brought, and for the operator's probes.
        `operator` is the chat that hears alarms; without one the administrators do.

        Raises OSError when that place cannot be had.
        """
        self._database = database
        self._shares = Shares(asyncio.get_running_loop().time)
        self.metrics = Metrics(self._figures)
        self.wire = Wire(database, token=token, api_url=api_url, rate=rate, note=self.metrics.sent)
        self._sent = sent = SentMessages(database, clock=utc_now)
        self.replies = Replies(self.wire.sender, sent)
        self.inbox = Inbox(
            database, clock=utc_now, policy=policy, send=self.replies, hear=sent.hear, note=self.metrics.handled
        )
        health = Health(self.metrics, partial(why_not_ready, database))
        self.way_in, self.door = open_way_in(address, self.wire, self.inbox.store, health, token=token)
        self.sweep = Sweep(database, clock=utc_now, policy=policy)
        self.poster = GroupPoster(
            database, self.wire.sender, clock=utc_now, policy=policy, view_of=view_of, pace=group_pace
        )
        self.ticking = self._ticking(policy, operator)

    def _ticking(self, policy: Policy, operator: Listener | None) -> Ticking:
        """What is done by the clock, and how often what is not in the cron table of scheduler/jobs.py."""
        database, sender = self._database, self.wire.sender
        keeper = FileKeeper(database, TelegramFiles(self.wire.slow_api), clock=utc_now, policy=policy)
        chores: dict[Job, int] = {
            self._sent.flush: 3,
            Vanisher(database, sender, clock=utc_now).delete_due: 2,
            keeper.keep_waiting: 5,
            self.poster.post_due: 1,
            self.poster.touch: 900,
            self.learn_name: 60,
        }
        place = f"{socket.gethostname()}:{os.getpid()}"
        return Ticking(
            database,
            self.sweep,
            Deliverer(database, NotedChannel(sender, self._sent), clock=utc_now, policy=policy),
            chores,
            watchdog=self.way_in.watch,
            line=AlarmLine(sender, place=place, listener=operator),
            holder=f"{place}:{secrets.token_hex(4)}",
            ended=self.metrics.worked,
            clock=utc_now,
            policy=policy,
            embedded=embedded_file(database) if database.is_sqlite else None,
            drill=drill,
        )

    async def _figures(self) -> OperatingFigures:
        async with self._database.transaction() as session:
            return await operating_figures(session, now=utc_now())

    async def learn_name(self) -> None:
        """Ask Telegram for the bot's name until it is known: links lead to it."""
        self.inbox.bot_name = self.inbox.bot_name or await own_name(self.wire.api)

    async def run(self) -> None:
        """Run until cancelled, and finish what was begun. Raises TokenRefused when Telegram does not know the token."""
        hear_the_log = (FailureCounter(self.metrics), self.ticking.ears)
        for handler in hear_the_log:
            logging.getLogger().addHandler(handler)
        await self.wire.open()
        try:
            self.ticking.start()
            door = [self.door.run()] if self.door else []
            await until_one_ends(self._work(), self.ticking.watch.run(), *door, shares=self._shares)
        finally:
            try:
                await self._stop()
            finally:
                for handler in hear_the_log:
                    logging.getLogger().removeHandler(handler)

    async def _work(self) -> None:
        await self.learn_name()
        await self.wire.sender.set_commands(command_list())
        await until_one_ends(self.inbox.run(), self.way_in.run(), shares=self._shares)

    async def _stop(self) -> None:
        """Nothing comes in any more and the last round is committed: let what was begun end, and give the rest back."""
        share = self._shares.of
        self.ticking.pause()
        await stage(self.poster.stop(), share(LAST_POSTS))
        await stage(self.replies.drain(LAST_REPLIES), share(LAST_REPLIES, LAST_JOBS + LAST_LEASES))
        self.wire.hush()
        await stage(self.ticking.end_jobs(LAST_JOBS), share(LAST_JOBS + LAST_WORD, LAST_LEASES + LAST_WORD))
        await stage(self.ticking.give_back(LAST_LEASES), share(LAST_LEASES, LAST_WORD))
        self.ticking.shut_down()
        await stage(self._sent.flush(), share(LAST_WORD))
        for end in self.wire.ends():
            await stage(end(), share(LAST_WORD))


async def run(desk: Desk, args: argparse.Namespace) -> int:
    """Run the bot: on Telegram with a token, in the sandbox without."""
    settings = desk.settings
    if not settings.bot_token:
        if settings.webhook_url:  # meant for Telegram: a made-up county has no place in this database
            raise CommandError("SUOZI_BOT_TOKEN: is needed with SUOZI_WEBHOOK_URL")
        return await run_in_sandbox(desk, args)
    await prepare(desk.database)
    try:
        program = Program(
            desk.policy,
            desk.database,
            token=settings.bot_token,
            api_url=settings.bot_api_url,
            rate=settings.messages_per_second,
            address=address_of(settings),
            operator=settings.operator,
        )
    except OSError as error:
        raise CommandError(f"SUOZI_LISTEN: cannot listen there ({error.strerror})") from error
    try:
        await program.run()
    except TokenRefused:
        raise CommandError(TOKEN_UNKNOWN) from None
    return 0


def address_of(settings: Settings) -> Address | None:
    """Where to listen, if anywhere."""
    place = settings.listens_at
    return None if place is None else Address(*place, settings.webhook_url, settings.webhook_secret)


async def run_in_sandbox(desk: Desk, args: argparse.Namespace) -> int:
    """Run against the embedded stand-in for Telegram, in a made-up county."""
    async with stand_in_for_telegram(desk, args, clock=utc_now) as url:
        if args.server_only:
            await desk.database.close()
            await asyncio.Event().wait()
        pace = timedelta(0) if args.brisk else PACE
        policy = desk.policy.always_awake()
        await Program(policy, desk.database, token=SANDBOX_TOKEN, api_url=url, rate=0, group_pace=pace).run()
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    words = sys.argv[1:] if argv is None else argv
    args = build_parser(words[0] if words else RUN).parse_args(words)
    stop = Stop()
    try:
        return exit_status(partial(with_settings, args, stop), until_told=args.command in RUNS)
    finally:
        if argv is not None:  # else the process ends here, and threads that it waits for have their share
            stop.call_off()


def with_settings(args: argparse.Namespace, stop: Stop) -> int:
    """Do the command as the environment says; its exit status. Raises CommandError, and what the command raises."""
    settings = read_settings()
    keyring.install(settings.open_keyring())
    set_up_logging(settings.log_level)
    return asyncio.run(at_a_desk(settings, args, stop))


async def at_a_desk(settings: Settings, args: argparse.Namespace, stop: Stop) -> int:
    """Lay out what the command needs, do it, and close the database whatever happens."""
    database = settings.open_database()
    stop.listen(also_ignored=args.command in RUNS)
    try:
        standing = partial(
            standing_with_telegram, settings.bot_api_url, settings.bot_token, settings.alarm_chat, clock=utc_now
        )
        desk = Desk(settings, database, utc_now(), partial(username, settings), standing)
        do = {RUN: run, SANDBOX: run_in_sandbox}.get(args.command) or args.do
        status = int(await do(desk, args))
        sys.stdout.flush()
        return status
    finally:
        stop.begin()
        await stage(database.close(), CLOSING)


async def username(settings: Settings) -> str:
    """The bot's name on Telegram. Raises CommandError."""
    try:
        return await bot_username(settings.bot_api_url, settings.bot_token)
    except TokenRefused:
        raise CommandError(TOKEN_UNKNOWN) from None
    except NoAnswerError as error:
        raise CommandError(f"SUOZI_BOT_API_URL: {settings.bot_api_url} gives no answer ({error})") from error


if __name__ == "__main__":
    sys.exit(main())
