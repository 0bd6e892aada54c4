"""Who voted what in a secret ballot cannot be found out from anything that is stored, even with the keys.

The same vote is held twice: the same people press the same number of times at the same instants, and only who votes
what is another. Whatever is stored afterwards must be the same to the letter, in the same order.
"""

import logging
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from console.backup import copy_out
from console.log import hush_libraries
from domain.usecases.ballot_casting import cast_vote
from domain.usecases.ballot_changes import cancel_ballot
from domain.usecases.ballot_closing import close_ballot
from domain.usecases.ballot_opening import open_ballot
from models.ballot import Ballot, BallotChoice, BallotOutcome
from models.council import Council
from models.keyring import keyring
from models.session import Database
from scheduler.sweep import Sweep
from tests.conftest import _on_server, _share_statements, _uri_of
from tests.support.ballots import actor, add_item, salt
from tests.support.councils import CHAIR, FIFTH, FIRST, FOURTH, SECOND, THIRD, VOTERS, add_council, add_council_rows
from tests.support.county import NAMES, POLICY, SATURDAY
from tests.support.evidence import Rows, all_rows, transactions, what_is_sealed
from tests.support.groups import InGroup, group_shows
from tests.support.hands import Bench, open_bench

FAVOUR, AGAINST, ABSTAIN = BallotChoice
IN_GROUP, IN_PRIVATE = (CHAIR, FIRST, SECOND, FIFTH), (THIRD, FOURTH)  # the sixth member does not vote
WHO = (CHAIR, FIRST, SECOND, THIRD, FOURTH, FIFTH)
ONE = dict(zip(WHO, (FAVOUR, AGAINST, FAVOUR, ABSTAIN, AGAINST, FAVOUR), strict=True))
OTHER = dict(zip(WHO, (AGAINST, FAVOUR, ABSTAIN, FAVOUR, FAVOUR, AGAINST), strict=True))
Fresh = Callable[[], Awaitable[Database]]
_numbers = count()


@pytest.fixture(params=["sqlite", "postgresql"])
async def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Fresh]:
    """Makes a county's database, and another, and another."""
    made: list[Database] = []
    names: list[str] = []

    async def make() -> Database:
        name = f"secrecy_{next(_numbers)}"
        if request.param == "sqlite":
            file = tmp_path / f"{name}.db"
            shutil.copy(request.getfixturevalue("sqlite_template"), file)
            made.append(_share_statements(Database(f"sqlite:///{file}")))
            return made[-1]
        uri, template = request.getfixturevalue("postgres_uri"), request.getfixturevalue("postgres_template")
        await _on_server(uri, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        names.append(name)
        made.append(_share_statements(Database(_uri_of(uri, name))))
        return made[-1]

    yield make
    for database in made:
        await database.close()
    for name in names:
        await _on_server(request.getfixturevalue("postgres_uri"), f"DROP DATABASE {name} WITH (FORCE)")


@dataclass(frozen=True)
class Evidence:
    """What is left of a vote."""

    rows: Rows
    written_by: dict[str, list[int]]
    messages: list[str]  # of the bot, in all chats
    sealed: list[tuple[str, bytes]]
    log: str


async def hold_a_vote(
    database: Database,
    votes: dict[int, BallotChoice],
    patch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    *,
    secret: bool = True,
) -> Evidence:
    """A vote from its opening to its result, through the group and in private, with a reminder in between."""
    bench = await open_bench(database, SATURDAY, POLICY, NAMES)
    caplog.clear()
    try:
        number = await opened(bench, secret=secret)
        with what_is_sealed(patch) as sealed:
            await everybody_votes(bench, number, votes)
            bench.pass_time(hours=1, minutes=10)
            await bench.tick()  # the sixth member is reminded
            bench.pass_time(hours=1)
            await bench.tick()
        await group_shows(bench)
        chats = list(bench.box.world.chats)
        messages = [repr((chat, m["message_id"], m.get("text"))) for chat in chats for m in bench.box.messages(chat)
                    if m["from"]["is_bot"]]  # fmt: skip
        async with database.transaction() as session:
            ballot = await session.get_one(Ballot, number)
            assert (ballot.favour, ballot.against, ballot.abstain) == (3, 2, 1)
            assert ballot.outcome is BallotOutcome.REJECTED
        return Evidence(await all_rows(database), await transactions(database), messages, sealed, caplog.text)
    finally:
        await bench.close()


async def opened(bench: Bench, *, secret: bool) -> int:
    """A vote in 东关村's council, for two hours; its number."""
    council_id = await add_council(bench)
    async with bench.database.transaction() as session:
        council = await session.get_one(Council, council_id)
        item = await add_item(session, council, now=bench.clock.now)
        ballot = await open_ballot(
            session, actor=await actor(session, CHAIR, bench.clock.now, POLICY), item_id=item.id, secret=secret,
            closes_at=bench.clock.now + timedelta(hours=2), conversation_id="c", now=bench.clock.now, token=salt,
            policy=POLICY,
        )  # fmt: skip
        number = ballot.id
    await group_shows(bench)
    return number


async def everybody_votes(bench: Bench, number: int, votes: dict[int, BallotChoice]) -> None:
    """Four in the group, one of them twice; two in private, where a secret vote is asked about once more."""
    for who in IN_GROUP:
        hands = InGroup(bench, who)
        [message] = [one for one in bench.box.messages(hands.chat_id) if one.get("reply_markup")]
        await hands.press_data(message["message_id"], f"vote:cast:{number}:{votes[who].value[:2]}")
    await InGroup(bench, FIFTH).press_data(message["message_id"], f"vote:cast:{number}:{votes[FIFTH].value[:2]}")
    for who in IN_PRIVATE:
        person = bench.person(who)
        [card, *_] = await person.say_all("/votes")
        [paper] = await person.press_data(card.message_id, f"vote:paper:{number}")
        data = next(data for _, data in paper.buttons if data.endswith(f":{votes[who].value[:2]}"))
        asked = await person.press_data(paper.message_id, data)
        for _, sure in asked[0].buttons:
            if sure.startswith("vote:cast") and "sure" in data:
                await person.press_data(asked[0].message_id, sure)
    await group_shows(bench)


async def test_what_is_stored_is_the_same_whoever_voted_what(
    fresh: Fresh, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hush_libraries()
    caplog.set_level(logging.DEBUG)
    one = await hold_a_vote(await fresh(), ONE, monkeypatch, caplog)
    other = await hold_a_vote(await fresh(), OTHER, monkeypatch, caplog)
    for table, rows in one.rows.items():
        assert rows == other.rows[table], table
    assert one.written_by == other.written_by
    assert one.messages == other.messages
    # Not even the lengths of what was encrypted on the way tell anything, of the presses above all.
    assert [(label, len(made)) for label, made in one.sealed] == [(label, len(made)) for label, made in other.sealed]
    assert one.log, "nothing was logged at all"
    for log in (one.log, other.log):
        assert not re.search(r"favour|against|abstain|vote:cast|[01]{7}\|", log)


async def test_the_comparison_would_find_an_open_vote(
    fresh: Fresh, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    one = await hold_a_vote(await fresh(), ONE, monkeypatch, caplog, secret=False)
    other = await hold_a_vote(await fresh(), OTHER, monkeypatch, caplog, secret=False)
    differ = {table for table, rows in one.rows.items() if rows != other.rows[table]}
    assert {"vote", "ballot_entry"} <= differ


async def test_nothing_older_than_the_last_box_is_left_in_the_file_or_a_copy_of_it(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A box as it was before a vote, beside the one after it, says what that vote was: to whoever has the keys."""
    file = tmp_path / "suozi.db"
    shutil.copy(sqlite_template, file)
    database = Database(f"sqlite:///{file}")
    left = await hold_a_vote(database, ONE, monkeypatch, caplog)
    boxes = [made for label, made in left.sealed if label == "ballot_box.contents"]
    presses = [made for label, made in left.sealed if label == "inbox.payload"]
    assert (len(boxes), len(presses) >= len(ONE)) == (len(ONE), True)
    copy_out(file, tmp_path / "copy.db")
    places = [file, Path(f"{file}-wal"), tmp_path / "copy.db"]
    held = b"".join(place.read_bytes() for place in places if place.exists())
    assert boxes[-1] in held
    assert not [place for place, made in enumerate([*boxes[:-1], *presses]) if made[4:36] in held]
    assert b"vote:cast" not in held
    assert keyring().decrypt(boxes[-1], "ballot_box.contents") == "1111110|00003|00002|00001"
    await database.close()


@pytest.mark.parametrize("end", ["closed by the chair", "cancelled", "while reminding fails", "while somebody reads"])
async def test_no_former_box_outlasts_the_last_secret_ballot_by_more_than_one_sweep(
    end: str, sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, log = tmp_path / "suozi.db", tmp_path / "suozi.db-wal"
    shutil.copy(sqlite_template, file)
    database = Database(f"sqlite:///{file}")
    sweep = Sweep(database, clock=lambda: SATURDAY, policy=POLICY)
    await sweep.ballots()
    with what_is_sealed(monkeypatch) as sealed:
        async with database.transaction() as session:
            council = await add_council_rows(session, now=SATURDAY, policy=POLICY)
            item = await add_item(session, council, now=SATURDAY)
            chair = await actor(session, CHAIR, SATURDAY, POLICY)
            ballot = await open_ballot(
                session, actor=chair, item_id=item.id, secret=True, closes_at=SATURDAY + timedelta(hours=2),
                conversation_id="c", now=SATURDAY, token=salt, policy=POLICY,
            )  # fmt: skip
        for who in VOTERS:
            async with database.transaction() as session:
                voter = await actor(session, who, SATURDAY, POLICY)
                await cast_vote(
                    session, actor=voter, ballot_id=ballot.id, choice=FAVOUR, now=SATURDAY, policy=POLICY
                )  # fmt: skip
    async with database.transaction() as session:
        if end == "cancelled":
            await cancel_ballot(
                session, actor=chair, ballot_id=ballot.id, reason="错了", now=SATURDAY, policy=POLICY
            )  # fmt: skip
        else:
            await close_ballot(session, actor=chair, ballot_id=ballot.id, now=SATURDAY, policy=POLICY)
    former = [made[4:36] for label, made in sealed if label == "ballot_box.contents"][:-1]
    assert (len(former), [one for one in former if one not in log.read_bytes()]) == (len(VOTERS), [])
    if end == "while reminding fails":
        monkeypatch.setattr("scheduler.sweep.ballots_wait", None)
        with pytest.raises(TypeError):
            await sweep.ballots()
    if end == "while somebody reads":
        with closing(sqlite3.connect(file)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM ballot_box").fetchone()
            await sweep.ballots()
    if end != "while reminding fails":
        await sweep.ballots()
    held = file.read_bytes() + log.read_bytes()
    assert not [one for one in former if one in held]
    await database.close()
