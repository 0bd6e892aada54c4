"""An entry of a lead's timeline is never changed or deleted; only its ciphertext may be written anew."""

from sqlalchemy import select, text, update
from sqlmodel import col

from models.lead import LeadEntry
from models.session import Database
from tests.storage.conftest import RED, refusal

FINAL = "an entry of the timeline is final"


REFUSED = [
    "UPDATE lead_entry SET id = 99",
    f"UPDATE lead_entry SET lead_id = {RED}",
    "UPDATE lead_entry SET kind = 'note'",
    "UPDATE lead_entry SET at = (SELECT opened_at FROM alert)",
    "UPDATE lead_entry SET by_id = NULL",
    "UPDATE lead_entry SET detail = '{}'",
    "UPDATE lead_entry SET corrects_id = 1",
    "UPDATE lead_entry SET body = NULL, by_id = NULL",
    "DELETE FROM lead_entry",
    f"DELETE FROM lead_entry WHERE lead_id <> {RED}",
]


async def test_an_entry_is_neither_changed_nor_deleted(records: Database) -> None:
    said = {statement: await refusal(records, statement) for statement in REFUSED}
    assert not [one for one in said.items() if FINAL not in one[1]]


def test_every_column_but_the_body_is_named_by_the_trigger() -> None:
    fixed = {"id", "lead_id", "kind", "at", "by_id", "detail", "corrects_id"}
    assert {column.name for column in LeadEntry.__table__.columns} - fixed == {"body"}  # type: ignore[attr-defined]


async def test_its_body_is_written_anew_when_keys_are_rotated(records: Database) -> None:
    async with records.transaction() as session:
        before = (await session.execute(text("SELECT body FROM lead_entry"))).scalar_one()
        await session.execute(update(LeadEntry).values(body="她说昨晚又吵了"))
        after = (await session.execute(text("SELECT body FROM lead_entry"))).scalar_one()
        assert after != before
        assert (await session.execute(select(col(LeadEntry.body)))).scalar_one() == "她说昨晚又吵了"


async def test_a_lead_with_entries_cannot_be_deleted(records: Database) -> None:
    assert "foreign key" in (await refusal(records, "DELETE FROM lead WHERE id = 1")).lower()
