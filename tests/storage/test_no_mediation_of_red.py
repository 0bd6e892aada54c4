"""A lead that may not be mediated has no waiting request: a composite foreign key holds the two together."""

import re

from sqlalchemy import text

from models.session import Database
from tests.storage.conftest import MEDIATED, PLAIN, RED, refusal

FOREIGN_KEY = "fk_mediation_request_lead|FOREIGN KEY"


def ask(lead: int, mediable: str = "true", state: str = "waiting") -> str:
    """The statement that asks for a mediation, past all code of ours."""
    return (
        "INSERT INTO mediation_request (lead_id, mediable, state, asked_by_id, asked_at)"
        f" SELECT id, {mediable}, '{state}', reporter_id, reported_at FROM lead WHERE id = {lead}"
    )


REFUSED: list[tuple[list[str], str]] = [
    ([ask(RED)], FOREIGN_KEY),
    ([ask(RED, "false")], "only_what_may_be"),
    ([ask(RED, "false", "frozen"), "UPDATE mediation_request SET state = 'waiting'"], "only_what_may_be"),
    (
        [ask(RED, "false", "frozen"), f"UPDATE mediation_request SET mediable = true WHERE lead_id = {RED}"],
        FOREIGN_KEY,
    ),
    ([f"UPDATE mediation_request SET lead_id = {RED}"], FOREIGN_KEY),
    ([f"UPDATE mediation_request SET lead_id = {RED}, mediable = false"], "only_what_may_be"),
    ([f"UPDATE lead SET mediable = false, colour = 'red' WHERE id = {MEDIATED}"], "only_what_may_be"),
    ([f"UPDATE lead SET mediable = false WHERE id = {MEDIATED}"], "only_what_may_be"),
    ([f"DELETE FROM lead WHERE id = {MEDIATED}"], FOREIGN_KEY),
]


async def test_an_ordinary_lead_may_be_asked_for(records: Database) -> None:
    assert not await refusal(records, ask(PLAIN))


async def test_nothing_makes_a_waiting_request_of_what_may_not_be_mediated(records: Database) -> None:
    said = [(statements, refused, await refusal(records, *statements)) for statements, refused in REFUSED]
    assert not [one for one in said if not re.search(one[1], one[2])]


async def test_a_lead_becomes_red_once_its_request_is_frozen_and_the_request_stays_so(records: Database) -> None:
    async with records.transaction() as session:
        await session.execute(text("UPDATE mediation_request SET state = 'frozen'"))
        await session.execute(text(f"UPDATE lead SET mediable = false, colour = 'red' WHERE id = {MEDIATED}"))
        row = (await session.execute(text("SELECT lead_id, mediable, state FROM mediation_request"))).one()
    assert (row[0], bool(row[1]), row[2]) == (MEDIATED, False, "frozen")
    assert "only_what_may_be" in await refusal(records, "UPDATE mediation_request SET state = 'waiting'")
