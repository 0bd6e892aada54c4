"""Suozi (梭子): the composition root and the command line. Nothing else holds a clock."""

import argparse
import asyncio
import logging
import os
import random
import re
import secrets
import signal
import socket
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path

if __name__ == "__main__" and (
    sys.argv[1:2] in ([], ["run"], ["sandbox"]) or signal.getsignal(signal.SIGINT) is signal.default_int_handler
):
    # Loading the rest takes a second, and nothing has begun yet: SIGINT ends the program at once and without a
    # traceback, also one that runs until it is told to stop and was born deaf to it (console/stopping.py).
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import structlog
from structlog.typing import EventDict

from console.backup import embedded_file
from console.desk import Desk, prepare
from console.drill import drill
from console.errors import CommandError
from console.sandbox import SANDBOX_PORT, declare_sandbox, own_sandbox
from console.settings import Settings, read_settings
from console.stopping import Shares, Stop, stage, until_one_ends
from domain.rules.policy import Policy
from domain.usecases.figures import OperatingFigures, operating_figures
from domain.usecases.incidents import Listener
from handlers.api import BotApi
from handlers.checkup import standing_with_telegram
from handlers.files import TelegramFiles
from handlers.front_door import Address, FrontDoor
from handlers.group_views import view_of
from handlers.health import Health
from handlers.hook import Hook
from handlers.identity import NoAnswerError, bot_username, own_name
from handlers.inbox import Inbox
from handlers.limiter import Limiter
from handlers.metrics import FailureCounter, Metrics
from handlers.poll import Poller, TokenRefused
from handlers.replies import Replies
from handlers.request import AiohttpRequest
from handlers.sender import TelegramSender
from handlers.sent import NotedChannel, SentMessages
from handlers.shared_pace import SharedPace
from handlers.way_in import Brought, Fetched, WayIn
from handlers.webhook import Webhook
from messages.render import LOCALES, labels
from models import keyring
from models.session import Database
from scheduler.alarm_line import AlarmLine
from scheduler.alone import Alone
from scheduler.deliver import Deliverer
from scheduler.group_posts import PACE, GroupPoster
from scheduler.jobs import build_scheduler, catch_up, wake
from scheduler.kept_files import FileKeeper
from scheduler.nightly_drill import NightlyDrill
from scheduler.running import Job, RunningJobs
from scheduler.signs import DatabaseErrors, Pulse, Room, Sign, SteadyClock, WayInLog
from scheduler.sweep import Sweep
from scheduler.vanish import Vanisher
from scheduler.watch import Watch

UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
SANDBOX_WORDS = "run in the sandbox, with options"
SANDBOX_TOKEN = "7000000001:sandbox-token-for-this-machine-only"  # noqa: S105
TOKEN_UNKNOWN = "Telegram does not know this token; ask @BotFather for the present one."  # noqa: S105
FRAMES = 12  # of each exception in a log line
# Seconds that a stop leaves to what was begun, one after the other and at most: together they have less
# (console/stopping.py), and what comes after a stage keeps its share.
LAST_REPLIES, LAST_JOBS = 10.0, 5.0
LAST_POSTS, LAST_WORD = 3.0, 1.0
CLOSING = 6.0  # for the database: longer than it waits for a lock
PROBE_SECONDS = 2.0
BRINGERS_PATIENCE = 10.0  # seconds that an update waits for the database; proxies and Telegram wait for longer
_log = logging.getLogger("suozi")


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
        loop = asyncio.get_running_loop()
        self._database = database
        self._shares = Shares(loop.time)
        self.metrics = Metrics(self._figures)
        # A poll that waits must never hold a connection that a reply needs.
        self._requests = (AiohttpRequest(), AiohttpRequest(connections=2))
        base = f"{api_url}/bot{token}"
        self._api = BotApi(self._requests[0], base)
        # Whoever shares a database shares Telegram's limit; the embedded one has nobody to share it with.
        self._pace = None if database.is_sqlite or not rate else SharedPace(database.beside(), rate, clock=loop.time)
        self._limiter = Limiter(rate, clock=loop.time, call_later=loop.call_later, gate=self._pace)
        self.sender = TelegramSender(self._api, self._limiter, note=self.metrics.sent)
        self._sent = sent = SentMessages(database, clock=utc_now)
        self.replies = Replies(self.sender, sent)
        self.inbox = Inbox(
            database, clock=utc_now, policy=policy, send=self.replies, hear=sent.hear, note=self.metrics.handled
        )
        self.poller = Poller(
            BotApi(self._requests[1], base),
            self.inbox.store,
            allowed_updates=UPDATES,
            clock=loop.time,
            wait=asyncio.sleep,
            rng=random.SystemRandom().random,
        )
        self.way_in, self.door = self._way_in(address, token)
        self.sweep = Sweep(database, clock=utc_now, policy=policy)
        self._deliverer = Deliverer(database, NotedChannel(self.sender, sent), clock=utc_now, policy=policy)
        vanisher = Vanisher(database, self.sender, clock=utc_now)
        keeper = FileKeeper(database, TelegramFiles(BotApi(self._requests[1], base)), clock=utc_now, policy=policy)
        self.poster = GroupPoster(database, self.sender, clock=utc_now, policy=policy, view_of=view_of, pace=group_pace)
        chores: dict[Job, int] = {
            sent.flush: 3,
            vanisher.delete_due: 2,
            keeper.keep_waiting: 5,
            self.poster.post_due: 1,
            self.poster.touch: 900,
            self.learn_name: 60,
        }
        place = f"{socket.gethostname()}:{os.getpid()}"
        self._alone = Alone(database, f"{place}:{secrets.token_hex(4)}", clock=utc_now)
        self._pulse, self._ears = Pulse(loop.time()), WayInLog()
        self.watch = self._watch(policy, operator, chores)
        self._running = RunningJobs(loop.time, self._job_ended)
        self.scheduler = build_scheduler(
            self.sweep, self._deliverer, self.way_in.watch, policy.zone, chores, wrapped=self._job
        )

    def _watch(self, policy: Policy, operator: Listener | None, chores: dict[Job, int]) -> Watch:
        """What alarms the operator; the embedded database has its nightly drill besides."""
        signs: list[Sign] = [self._pulse, SteadyClock(self._clock_jumped), self._ears, DatabaseErrors(self._database)]
        nightly = None
        if self._database.is_sqlite:
            file = embedded_file(self._database)
            nightly = NightlyDrill(self._database, partial(drill, file), clock=utc_now, policy=policy)
            chores[nightly.drill_due] = 600
            signs.append(Room(file.parent))
        return Watch(
            self._database,
            AlarmLine(self.sender, place=f"{socket.gethostname()}:{os.getpid()}", listener=operator),
            clock=utc_now,
            seconds=asyncio.get_running_loop().time,
            policy=policy,
            signs=signs,
            drill=nightly.reading if nightly else None,
            alone=None if self._database.is_sqlite else self._alone,
        )

    def _job(self, job: Job) -> Job:
        return self._running.watched(self._alone.alone(job))

    def _clock_jumped(self) -> None:
        wake(self.scheduler, utc_now())
        self.scheduler.add_job(self.sweep.call_back)

    def _job_ended(self, job: str, seconds: float, failed: bool) -> None:
        self.metrics.worked(job, seconds, failed)
        self._pulse.ended(job, asyncio.get_running_loop().time(), failed=failed)

    def _way_in(self, address: Address | None, token: str) -> tuple[WayIn, FrontDoor | None]:
        """How updates come in; and the door that is held out for them and for the probes."""
        clock = asyncio.get_running_loop().time
        health = Health(self.metrics, self._why_not_ready)
        if address is None or not address.webhook_url:
            polled = Fetched(Hook(self._api, allowed_updates=UPDATES), self.poller, clock)
            return polled, FrontDoor(address, health, None) if address is not None else None
        webhook = Webhook(self.inbox.store, address.secret, clock, patience=BRINGERS_PATIENCE)
        hook = Hook(self._api, allowed_updates=UPDATES, url=address.webhook_url, secret=address.secret, token=token)
        return Brought(hook, webhook, clock), FrontDoor(address, health, webhook)

    async def _figures(self) -> OperatingFigures:
        async with self._database.transaction() as session:
            return await operating_figures(session, now=utc_now())

    async def _why_not_ready(self) -> str:
        """Without its database the program can take nothing."""
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                return "" if await self._database.answers() else "database"
        except Exception as error:
            _log.warning("not_ready error=%s", type(error).__name__)
            return "database"

    async def learn_name(self) -> None:
        """Ask Telegram for the bot's name until it is known: links lead to it."""
        self.inbox.bot_name = self.inbox.bot_name or await own_name(self._api)

    async def run(self) -> None:
        """Run until cancelled, and finish what was begun. Raises TokenRefused when Telegram does not know the token."""
        counter = FailureCounter(self.metrics)
        logging.getLogger().addHandler(counter)
        logging.getLogger().addHandler(self._ears)
        for request in self._requests:
            await request.initialize()
        try:
            self.scheduler.start()
            # Polling does not wait for it; and the clock may have been put right while it was off.
            catch_up(self.scheduler, self.sweep, utc_now(), wrapped=self._job)
            door = [self.door.run()] if self.door else []
            await until_one_ends(self._work(), self.watch.run(), *door, shares=self._shares)
        finally:
            try:
                await self._stop()
            finally:
                logging.getLogger().removeHandler(counter)
                logging.getLogger().removeHandler(self._ears)

    async def _work(self) -> None:
        await self.learn_name()
        await self.sender.set_commands(command_list())
        await until_one_ends(self.inbox.run(), self.way_in.run(), shares=self._shares)

    async def _stop(self) -> None:
        """Nothing comes in any more and the last round is committed: let what was begun end, and give the rest back."""
        share = self._shares.of
        if self.scheduler.running:
            self.scheduler.pause()
        self._deliverer.stop()
        await stage(self.poster.stop(), share(LAST_POSTS))
        await stage(self.replies.drain(LAST_REPLIES), share(LAST_REPLIES, LAST_JOBS + PROBE_SECONDS))
        self._limiter.close()
        await stage(self._running.end(LAST_JOBS), share(LAST_JOBS + LAST_WORD, PROBE_SECONDS + LAST_WORD))
        await stage(self._alone.end(PROBE_SECONDS), share(PROBE_SECONDS, LAST_WORD))
        if self.scheduler.running:
            self.scheduler.shutdown(wait=False)
        await stage(self._sent.flush(), share(LAST_WORD))
        if self._pace is not None:
            await stage(self._pace.end(), share(LAST_WORD))
        for request in self._requests:
            await stage(request.shutdown(), share(LAST_WORD))


def command_list() -> dict[str, list[tuple[str, str]]]:
    """The commands with their descriptions, by language."""
    return {locale: list(labels(locale)["command"].items()) for locale in LOCALES}


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
            operator=operator_of(settings),
        )
    except OSError as error:
        raise CommandError(f"SUOZI_LISTEN: cannot listen there ({error.strerror})") from error
    await program.run()
    return 0


def address_of(settings: Settings) -> Address | None:
    """Where to listen, if anywhere."""
    place = settings.listens_at
    return None if place is None else Address(*place, settings.webhook_url, settings.webhook_secret)


def operator_of(settings: Settings) -> Listener | None:
    """The chat that hears alarms, if the installation names one."""
    return Listener(int(settings.alarm_chat), settings.locale) if settings.alarm_chat else None


async def run_in_sandbox(desk: Desk, args: argparse.Namespace) -> int:
    """Run against the embedded stand-in for Telegram, in a made-up county."""
    # A bot on Telegram carries no server, no page and no made-up county.
    from console import demo  # noqa: PLC0415
    from sandbox.server import Sandbox  # noqa: PLC0415

    settings = desk.settings
    state_file = own_sandbox(settings, port=args.port, clean=args.clean)
    await prepare(desk.database)
    county = await demo.ensure_county(desk.database, now=desk.now, policy=desk.policy)
    box = Sandbox(lambda: utc_now().timestamp(), random.SystemRandom(), SANDBOX_TOKEN, state_file=state_file)
    await demo.people_the_sandbox(desk.database, box, today=desk.today)
    try:
        url = await box.start(port=args.port)
        print(f"\n  梭子 Suozi\n  {county}\n\n  打开聊天页 / open the chat page:  {url}\n", flush=True)
        if args.server_only:
            print(f"  SUOZI_BOT_API_URL={url} SUOZI_BOT_TOKEN={SANDBOX_TOKEN}\n", flush=True)
        print("  Ctrl+C 结束 / to stop\n", flush=True)
        if args.server_only:
            await desk.database.close()
            await asyncio.Event().wait()
        pace = timedelta(0) if args.brisk else PACE
        policy = desk.policy.always_awake()
        await Program(policy, desk.database, token=SANDBOX_TOKEN, api_url=url, rate=0, group_pace=pace).run()
    finally:
        await box.stop()
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    words = sys.argv[1:] if argv is None else argv
    args = build_parser(words[0] if words else "run").parse_args(words)
    stop = Stop()
    try:
        settings = read_settings()
        keyring.install(settings.open_keyring())
        set_up_logging(settings.log_level)
        return asyncio.run(at_a_desk(settings, args, stop))
    except CommandError as error:
        print(error, file=sys.stderr)
        return error.status
    except TokenRefused:
        print(f"SUOZI_BOT_TOKEN: {TOKEN_UNKNOWN}", file=sys.stderr)
        return 2
    except (KeyboardInterrupt, asyncio.CancelledError):
        # Whoever runs until it is stopped ends well; a command that was cut off has not done its work.
        return 0 if args.do in (run, run_in_sandbox) else 130
    except BrokenPipeError:
        # The reader (`| head`) has seen enough; Python must not complain when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:
        # By its kinds and places: Python's own traceback would quote what people wrote.
        logging.getLogger("suozi").critical("program_failed", exc_info=True)
        return 70
    finally:
        if argv is not None:  # else the process ends here, and threads that it waits for have their share
            stop.call_off()


async def at_a_desk(settings: Settings, args: argparse.Namespace, stop: Stop) -> int:
    """Lay out what the command needs, do it, and close the database whatever happens."""
    database = settings.open_database()
    stop.listen(also_ignored=args.do in (run, run_in_sandbox))
    try:
        standing = partial(
            standing_with_telegram, settings.bot_api_url, settings.bot_token, settings.alarm_chat, clock=utc_now
        )
        desk = Desk(settings, database, utc_now(), partial(username, settings), standing)
        status = int(await args.do(desk, args))
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
        raise CommandError(f"SUOZI_BOT_TOKEN: {TOKEN_UNKNOWN}") from None
    except NoAnswerError as error:
        raise CommandError(f"SUOZI_BOT_API_URL: {settings.bot_api_url} gives no answer ({error})") from error


def tell_where(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Put an exception into the line as its kinds and places, never its message: that may quote what people wrote."""
    if event.get("logger") == "asyncio":
        # After its own words asyncio writes down the call and the task, with what they were given and how they ended.
        event["event"] = re.split(r"[\n(<]", str(event["event"]), maxsplit=1)[0]
    error = event.pop("exc_info", None)
    error = error[1] if isinstance(error, tuple) else error
    kinds, frames = [], []
    while isinstance(error, BaseException):
        kinds.append(type(error).__name__)
        frames += [
            f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)[-FRAMES:]
        ]
        error = error.__cause__ or error.__context__
    if kinds:
        event["error"], event["at"] = " < ".join(kinds), " < ".join(frames)
    return event


def set_up_logging(level: str) -> None:
    """One line an event on standard error. Libraries that could print a token or a text stay quiet."""
    structlog.configure(wrapper_class=structlog.stdlib.BoundLogger, logger_factory=structlog.stdlib.LoggerFactory())
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            tell_where,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "logger", "event"]),
        ]
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    hush_libraries()


def hush_libraries() -> None:
    """Let no library write what it was given: a token, a text, a row with somebody's vote."""
    for noisy in ("httpx", "httpcore", "telegram", "aiohttp", "alembic", "aiosqlite", "uvicorn", "PIL", "sqlalchemy"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # It warns every second while a tick is still at work, which is how a province's morning looks.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


# Name, module, its function that does it, its function that declares the options, and what `--help` says.
COMMANDS: tuple[tuple[str, str, str, str, str], ...] = (
    ("migrate", "schema", "migrate", "declare_migrate", "bring the database's tables up to date"),
    ("areas", "register", "areas", "declare_areas", "list the areas, or import their tree"),
    ("invite", "register", "invite", "declare_invite", "issue an invitation; prints its link and its code"),
    ("demo-data", "demo", "demo_data", "declare_demo_data", "fill an empty database with a made-up region of any size"),
    ("import-households", "importing", "import_households", "declare_import", "import a register from a spreadsheet"),
    ("sweep", "sweeping", "sweep", "declare_sweep", "tell or write what is to be reminded on a day"),
    ("doctor", "doctor", "doctor", "declare_doctor", "check the installation and say what to do next"),
    ("frozen", "freezing", "frozen", "declare_frozen", "list the frozen accounts, or give one back"),
    ("outbox", "outbox", "outbox", "declare_outbox", "list the notices that did not go out; send again or drop them"),
    ("updates", "updates", "updates", "declare_updates", "list the updates that were set aside; handle again or drop"),
    ("purge", "purging", "purge", "declare_purge", "forget what is over for as long as the rules of retention say"),
    ("erase", "erasing", "erase", "declare_erase", "erase one person's data, and prove that nothing of her is left"),
    ("hold", "holding", "hold", "declare_hold", "keep a household, lead or dispute from being forgotten; list or lift"),
    ("rotate-keys", "rotating", "rotate_keys", "declare_rotate", "write what is encrypted anew with the first key"),
    ("recount", "recount", "recount_ballots", "declare_recount", "count a council's votes again and prove the result"),
    ("backup", "backup", "backup", "declare_backup", "copy the embedded database while the bot runs"),
    ("restore", "backup", "restore", "declare_restore", "put a copy back in the embedded database's place"),
)


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """The command line's grammar; each command declares its own options.

    With `only` the other commands are no more than names: what they need is not loaded.
    """
    parser = argparse.ArgumentParser(
        prog="bot.py",
        description="Suozi (梭子): the chat bot for grassroots social workers. Without SUOZI_BOT_TOKEN it runs in a"
        " sandbox on this machine: a made-up county, and a chat page in the browser in which you can be everybody.",
        epilog="`bot.py COMMAND --help` tells a command's options. Settings come from the environment (SUOZI_…) or a"
        " file .env. Exit status: 0 done, 1 something needs attention, 2 wrong use or a wrong setting, 70 our fault.",
    )
    parser.set_defaults(do=run, port=SANDBOX_PORT, server_only=False, clean=False, brisk=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, do, words in (("run", run, "run the bot (the default)"), ("sandbox", run_in_sandbox, SANDBOX_WORDS)):
        command = commands.add_parser(name, help=words, description=_sentence(words))
        command.set_defaults(do=do)
        if do is run_in_sandbox:
            declare_sandbox(command)
    for name, module, do_name, declare_name, words in COMMANDS:
        command = commands.add_parser(name, help=words, description=_sentence(words))
        if only in (None, name):
            loaded = import_module(f"console.{module}")
            getattr(loaded, declare_name)(command)
            command.set_defaults(do=getattr(loaded, do_name))
    return parser


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


if __name__ == "__main__":
    sys.exit(main())
