"""An entry of a lead's or a dispute's history is never changed or deleted; only its ciphertext may be written anew."""

from sqlalchemy import select, text, update
from sqlmodel import col

from models.dispute import DisputeEntry
from models.lead import LeadEntry
from models.session import Database
from tests.storage.conftest import RED, refusal
from tests.storage.dispute_rows import AGREED, MEDIATING

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


OF_A_DISPUTE = [
    "UPDATE dispute_entry SET id = 99",
    f"UPDATE dispute_entry SET dispute_id = {AGREED}",
    "UPDATE dispute_entry SET kind = 'note'",
    "UPDATE dispute_entry SET at = (SELECT opened_at FROM alert)",
    "UPDATE dispute_entry SET by_id = NULL",
    "UPDATE dispute_entry SET detail = '{}'",
    "UPDATE dispute_entry SET corrects_id = 1",
    "UPDATE dispute_entry SET body = NULL, by_id = NULL",
    "DELETE FROM dispute_entry",
    f"DELETE FROM dispute_entry WHERE dispute_id <> {AGREED}",
]


async def test_an_entry_of_a_dispute_is_neither_changed_nor_deleted(cases: Database) -> None:
    said = {statement: await refusal(cases, statement) for statement in OF_A_DISPUTE}
    assert not [one for one in said.items() if "final" not in one[1]]


def test_every_column_of_it_but_the_body_is_named_by_the_trigger() -> None:
    fixed = {"id", "dispute_id", "kind", "at", "by_id", "detail", "corrects_id"}
    assert {column.name for column in DisputeEntry.__table__.columns} - fixed == {"body"}  # type: ignore[attr-defined]
    named = {word for line in OF_A_DISPUTE for word in fixed if f"SET {word} =" in line}
    assert named == fixed


async def test_the_body_of_a_dispute_s_entry_is_written_anew_when_keys_are_rotated(cases: Database) -> None:
    async with cases.transaction() as session:
        before = (await session.execute(text("SELECT body FROM dispute_entry"))).scalar_one()
        await session.execute(update(DisputeEntry).values(body="欠了三年没还"))
        after = (await session.execute(text("SELECT body FROM dispute_entry"))).scalar_one()
        assert after != before
        assert (await session.execute(select(col(DisputeEntry.body)))).scalar_one() == "欠了三年没还"


async def test_a_dispute_with_entries_cannot_be_deleted(cases: Database) -> None:
    hanging = ("dispute_party", "dispute_follower", "recusal", "dispute_read", "mediation_guest", "dispute_file")
    gone = [f"DELETE FROM {table}" for table in hanging] + [f"DELETE FROM mediation WHERE dispute_id = {MEDIATING}"]
    assert not await refusal(cases, *gone)
    assert "foreign key" in (await refusal(cases, *gone, f"DELETE FROM dispute WHERE id = {MEDIATING}")).lower()
