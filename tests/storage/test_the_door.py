"""Histories are final; only through a door that the database itself closes again does one go (docs/adr/0012)."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models.session import Database
from tests.storage.conftest import refusal
from tests.storage.council_rows import CLOSED, CLOSED_SECRET, found_council
from tests.support.county import HEAD, WORKER

OPENED = (
    "INSERT INTO erasure (kind, rule, at, counts, door) VALUES ('rule', 'lead', '2026-11-21 01:00:00+00', '{}', -1)"
)
CLOSED_AGAIN = "UPDATE erasure SET door = NULL"
FINAL = {
    "lead_entry": "DELETE FROM lead_entry",
    "dispute_entry": "DELETE FROM dispute_entry",
    "item_entry": "DELETE FROM item_entry",
    "project_entry": "DELETE FROM project_entry",
    "minutes_version": "DELETE FROM minutes_version",
    "vote": f"DELETE FROM vote WHERE ballot_id = {CLOSED}",
    "ballot_entry": f"DELETE FROM ballot_entry WHERE ballot_id = {CLOSED}",
    "ballot_box": f"DELETE FROM ballot_box WHERE ballot_id = {CLOSED_SECRET}",
    "elector": f"DELETE FROM elector WHERE ballot_id = {CLOSED_SECRET}",
}


@pytest.fixture
async def histories(cases: Database) -> Database:
    """A county with leads, disputes and a council."""
    async with cases.transaction() as session:
        numbers = [
            int((await session.execute(text(f"SELECT id FROM member WHERE telegram_id = {who}"))).scalar_one())
            for who in (WORKER, HEAD)
        ]
        await found_council(session, first=numbers[0], second=numbers[1])
    return cases


async def stored(database: Database, *statements: str) -> None:
    """Execute and commit."""
    async with database.transaction() as session:
        for statement in statements:
            await session.execute(text(statement))


async def test_what_is_final_goes_through_the_door_and_in_no_other_way(histories: Database) -> None:
    said = {table: await refusal(histories, statement) for table, statement in FINAL.items()}
    assert not [table for table, words in said.items() if "final" not in words and "this ballot is over" not in words]
    assert not await refusal(histories, OPENED, *FINAL.values(), CLOSED_AGAIN)


async def test_an_open_door_lets_nothing_be_changed_and_is_never_stored(histories: Database) -> None:
    assert "final" in await refusal(histories, OPENED, "UPDATE lead_entry SET kind = 'note'")
    assert "final" in await refusal(histories, OPENED, "UPDATE dispute_entry SET kind = 'note'")
    assert "is over" in await refusal(histories, OPENED, f"UPDATE ballot SET favour = 0 WHERE id = {CLOSED}")
    with pytest.raises(DBAPIError, match=r"(?i)foreign key"):
        await stored(histories, OPENED, "DELETE FROM lead_entry")
    assert await refusal(histories, "DELETE FROM lead_entry")  # and it is shut, with all its entries behind it


async def test_the_record_of_what_was_erased_stays(histories: Database) -> None:
    for statement in ("DELETE FROM erasure", "UPDATE erasure SET door = -1", "UPDATE erasure SET counts = '[]'"):
        assert "final" in await refusal(histories, OPENED, CLOSED_AGAIN, statement)
    assert "door_leads_nowhere" in await refusal(histories, OPENED.replace("-1)", "1)"))
    assert "number_above_zero" in await refusal(histories, OPENED, "UPDATE erasure SET id = -1")
