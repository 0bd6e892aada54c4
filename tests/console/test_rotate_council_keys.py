"""New keys for what councils have decided: also what is final by a trigger is written anew, and says what it said."""

import argparse
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlmodel import col

from console.desk import Desk
from console.rotating import rotate_keys, sealed_columns
from domain.rules.urn import Urn
from domain.usecases.ballot_casting import cast_vote
from domain.usecases.ballot_closing import close_ballot
from domain.usecases.ballot_opening import open_ballot
from domain.usecases.council_files import add_project_files, project_files
from domain.usecases.kept_files import Shelf, keep_file
from models import keyring
from models.agenda import AgendaItem, CouncilFile
from models.ballot import BallotBox, BallotChoice, BallotState
from models.council import Council
from models.keyring import Keyring, new_key
from models.lead import FileKind
from models.project import CouncilProject, ProjectRating
from tests.conftest import _KEY
from tests.support.ballots import actor, add_item, salt
from tests.support.councils import CHAIR, VOTERS, add_council
from tests.support.hands import Bench
from tests.support.projects import WHAT, begun, done

NEW = new_key()
PICTURE = b"\xff\xd8 a lamp"


@pytest.fixture
def _old_key_back() -> Iterator[None]:
    yield
    keyring.install(Keyring([_KEY]))


async def voted_in_secret(bench: Bench, council: int) -> int:
    """An item that has passed by a secret vote, two against it."""
    now, policy = bench.clock.now, bench.policy
    async with bench.database.transaction() as session:
        item = await add_item(session, await session.get_one(Council, council), now=now)
        chair = await actor(session, CHAIR, now, policy)
        ballot = await open_ballot(
            session, actor=chair, item_id=item.id, secret=True, closes_at=now + timedelta(days=1),
            conversation_id=str(uuid4()), now=now, token=salt, policy=policy,
        )  # fmt: skip
        for place, who in enumerate(VOTERS):
            voter = await actor(session, who, now, policy)
            choice = BallotChoice.AGAINST if place in (2, 5) else BallotChoice.FAVOUR
            await cast_vote(session, actor=voter, ballot_id=ballot.id, choice=choice, now=now, policy=policy)
        assert (await close_ballot(session, actor=chair, ballot_id=ballot.id, now=now, policy=policy)).state is (
            BallotState.CLOSED
        )
        return item.id


@pytest.mark.usefixtures("_old_key_back")
async def test_what_councils_decided_is_under_the_new_key_and_reads_as_before(bench: Bench, desk: Desk) -> None:
    item = await voted_in_secret(bench, await add_council(bench))
    number = await begun(bench, item)
    async with bench.database.transaction() as session:
        project = await session.get_one(CouncilProject, number)
        sent = [(FileKind.PHOTO, "x", "路口")]
        await add_project_files(session, project, sent, sent_by_id=project.owner_id, now=bench.clock.now)
        file = (await session.execute(select(col(CouncilFile.id)))).scalar_one()
        await keep_file(session, file, PICTURE, Shelf.COUNCIL)
    await done(bench, number)
    ring = Keyring([NEW, _KEY])
    keyring.install(ring)
    assert desk.database is bench.database
    assert await rotate_keys(desk, argparse.Namespace()) == 0
    keyring.install(Keyring([NEW]))
    async with bench.database.transaction() as session:
        written = {
            sealed.label: {
                bytes(value)[:4]
                for value in (await session.execute(select(sealed.raw).where(sealed.column.is_not(None)))).scalars()
            }
            for sealed in sealed_columns()
        }
        box = (await session.execute(select(BallotBox))).scalar_one()
        rating = await session.get_one(ProjectRating, number)
        project = await session.get_one(CouncilProject, number)
        files = await project_files(session, project, await session.get_one(AgendaItem, item))
    assert {label for label, keys in written.items() if keys - {ring.first_id}} == set()
    council = {
        "agenda_item.title",
        "ballot_box.contents",
        "ballot_words.title",
        "ballot_words.body",
        "ballot_words.salt",
        "project_entry.body",
        "project_step.what",
        "council_file.content",
    }
    assert {label for label in council if not written[label]} == set()
    assert Urn.load(box.contents).counts == (5, 2, 0)
    assert Urn.load(rating.contents).turnout == 0
    assert (project.what, [file.content for file in files.kept]) == (WHAT, [PICTURE])
    bench.all_unread()
