"""`recount`: an operator counts again, and sees when something was changed behind the program's back."""

import argparse
from datetime import timedelta

import pytest
from sqlalchemy import text

from console.desk import Desk
from console.errors import CommandError
from console.recount import recount_ballots
from console.settings import Settings
from domain.usecases.ballot_casting import cast_vote
from domain.usecases.ballot_closing import close_due
from domain.usecases.ballot_opening import open_ballot
from models import keyring
from models.ballot import BallotChoice
from models.council import Council
from models.keyring import Keyring, new_key
from models.session import Database
from tests.support.ballots import actor, add_item, salt
from tests.support.councils import CHAIR, COUNCIL_NAMES, VOTERS, add_council_rows
from tests.support.county import POLICY, SATURDAY

LATER = SATURDAY + timedelta(hours=2)


async def bot_name() -> str:
    """Nobody asks for it."""
    return ""


async def counts(database: Database, **which: object) -> int:
    """Run the command; its status."""
    args = argparse.Namespace(**{"ballot": None, "item": None, "all": False} | which)
    return await recount_ballots(Desk(Settings(locale="en"), database, LATER, bot_name), args)


async def two_votes(database: Database) -> None:
    """One that was held openly and is closed, one secret one that is still open, and a cancelled one's item besides."""
    async with database.transaction() as session:
        council: Council = await add_council_rows(session, now=SATURDAY, policy=POLICY)
        for number, secret in ((1, False), (2, True)):
            item = await add_item(session, council, now=SATURDAY, number=number)
            ballot = await open_ballot(
                session, actor=await actor(session, CHAIR, SATURDAY, POLICY), item_id=item.id, secret=secret,
                closes_at=LATER + timedelta(hours=secret), conversation_id=f"c{number}", now=SATURDAY, token=salt,
                policy=POLICY,
            )  # fmt: skip
            for who in VOTERS[:5]:
                voter = await actor(session, who, SATURDAY, POLICY)
                choice = BallotChoice.FAVOUR if who != VOTERS[4] else BallotChoice.AGAINST
                await cast_vote(session, actor=voter, ballot_id=ballot.id, choice=choice, now=SATURDAY, policy=POLICY)
        await close_due(session, now=LATER, policy=POLICY, limit=5)


async def test_what_was_counted_is_counted_again(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert await counts(database, all=True) == 0
    assert "0 ballots checked" in capsys.readouterr().out
    await two_votes(database)
    assert await counts(database, all=True) == 0
    said = capsys.readouterr().out
    assert "4 for, 1 against, 0 abstained; result: passed; seal " in said
    assert "Still open, 5 have voted" in said
    assert "2 ballots checked, all of them add up." in said
    assert not [name for name in COUNCIL_NAMES.values() if name in said]
    assert await counts(database, item="t-a-26-002") == 0
    assert "secret vote" in capsys.readouterr().out
    for which in ({"ballot": 77}, {"item": "T-A-26-999"}):
        with pytest.raises(CommandError):
            await counts(database, **which)


async def test_what_was_changed_behind_the_programs_back_is_said(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    await two_votes(database)
    off = "DROP TRIGGER vote_in_time_update" + ("" if database.is_sqlite else " ON vote")
    async with database.transaction() as session:
        await session.execute(text(off))
        await session.execute(text("UPDATE vote SET choice = 'against' WHERE ballot_id = 1"))
    assert await counts(database, ballot=1) == 1
    said = capsys.readouterr().out
    assert "✗ the votes that are stored are not those of the log" in said
    assert "1 ballots checked, 1 of them do not add up" in said
    # The box of the other is sealed with a key that is not there any more: that is said, and is no crash.
    keyring.install(Keyring([new_key()]))
    assert await counts(database, ballot=2) == 1
    assert "SUOZI_SECRET_KEYS lacks its key" in capsys.readouterr().out
