"""What may not be mediated has no waiting request, no open dispute and no planned mediation.

Composite foreign keys hold each to what it hangs on.
"""

import re

from sqlalchemy import text

from models.session import Database
from tests.storage.conftest import MEDIATED, PLAIN, RED, refusal
from tests.storage.dispute_rows import AGREED, DISPUTE_COLUMNS, FROZEN, MEDIATING, copied

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


RED_LEAD = f"UPDATE lead SET mediable = false, colour = 'red' WHERE id = {MEDIATED}"
FREEZE_REQUEST = "UPDATE mediation_request SET state = 'frozen'"
NO_PLANS = "UPDATE mediation SET stage = 'cancelled' WHERE stage = 'planned'"


def register(lead: int, lead_mediable: str) -> str:
    """The statement that registers a dispute of a lead, past all code of ours."""
    return copied(
        "dispute", DISPUTE_COLUMNS, f"WHERE id = {MEDIATING}", code="'x'", conversation_id="'x'", source="'lead'",
        lead_id=str(lead), lead_mediable=lead_mediable,
    )  # fmt: skip


def plan(dispute: int, mediable: str = "true") -> str:
    """The statement that plans a mediation, past all code of ours."""
    return (
        "INSERT INTO mediation (dispute_id, mediable, rung, stage, planned_at, public, guests_agreed, leader_id,"
        f" counted, absent) SELECT {dispute}, {mediable}, 'grid', 'planned', planned_at, false, false, leader_id,"
        " false, absent FROM mediation WHERE stage = 'planned' OR stage = 'cancelled'"
    )


def freeze(dispute: int) -> str:
    """The statement that freezes a dispute, past all code of ours."""
    return (
        "UPDATE dispute SET state = 'frozen', mediable = false, owner_id = NULL, next_on = NULL, next_step = NULL,"
        f" next_step_at = NULL, red_lead_id = {RED} WHERE id = {dispute}"
    )


OF_A_DISPUTE: list[tuple[list[str], str]] = [
    ([register(RED, "true")], "fk_dispute_lead|FOREIGN KEY"),
    ([register(RED, "false")], "ck_dispute_no_mediation_of_red"),
    ([register(PLAIN, "true"), "UPDATE lead SET mediable = false WHERE id = 1"], "ck_dispute_no_mediation_of_red"),
    ([FREEZE_REQUEST, RED_LEAD], "ck_dispute_no_mediation_of_red"),
    ([freeze(MEDIATING)], "ck_mediation_planned_only_what_may_be"),
    ([plan(FROZEN)], "fk_mediation_dispute|FOREIGN KEY"),
    ([plan(FROZEN, "false")], "ck_mediation_planned_only_what_may_be"),
    ([plan(AGREED)], "fk_mediation_dispute|FOREIGN KEY"),
    ([plan(AGREED, "false")], "ck_mediation_planned_only_what_may_be"),
    ([f"UPDATE mediation SET dispute_id = {FROZEN} WHERE stage = 'planned'"], "fk_mediation_dispute|FOREIGN KEY"),
    ([NO_PLANS, freeze(MEDIATING), plan(MEDIATING)], "fk_mediation_dispute|FOREIGN KEY"),
    (
        [NO_PLANS, freeze(MEDIATING), "UPDATE mediation SET stage = 'planned' WHERE stage = 'cancelled'"],
        "ck_mediation_planned_only_what_may_be",
    ),
]


async def test_a_dispute_comes_from_an_ordinary_lead(cases: Database) -> None:
    assert not await refusal(cases, register(PLAIN, "true"))


async def test_nothing_plans_a_mediation_of_what_may_not_be_mediated(cases: Database) -> None:
    said = [(statements, refused, await refusal(cases, *statements)) for statements, refused in OF_A_DISPUTE]
    assert not [one for one in said if not re.search(one[1], one[2])]


async def test_a_lead_becomes_red_once_its_dispute_is_frozen(cases: Database) -> None:
    async with cases.transaction() as session:
        await session.execute(text(FREEZE_REQUEST))
        await session.execute(text(freeze(AGREED)))
        await session.execute(text(RED_LEAD))
        row = (await session.execute(text(f"SELECT state, lead_mediable FROM dispute WHERE id = {AGREED}"))).one()
    assert (row[0], bool(row[1])) == ("frozen", False)
    again = f"UPDATE dispute SET state = 'ended', outcome = 'refused', red_lead_id = NULL WHERE id = {AGREED}"
    opened = (
        "UPDATE dispute SET state = 'mediating', mediable = true, outcome = NULL, owner_id = registered_by_id,"
        f" next_on = happened_on, next_step = 'remind', next_step_at = registered_at WHERE id = {AGREED}"
    )
    assert "ck_dispute_no_mediation_of_red" in await refusal(cases, again, opened)


async def test_a_dispute_is_frozen_once_nothing_is_planned(cases: Database) -> None:
    assert not await refusal(cases, NO_PLANS, freeze(MEDIATING))
