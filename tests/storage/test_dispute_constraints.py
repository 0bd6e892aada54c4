"""What no dispute and no mediation can be, whatever code writes it: the database refuses it by name."""

import re

from sqlalchemy import CheckConstraint
from sqlmodel import SQLModel

from models.session import Database
from tests.storage.conftest import MEDIATED, PLAIN, refusal
from tests.storage.dispute_rows import AGREED, DISPUTE_COLUMNS, FAILED, FROZEN, MEDIATING, PLANNED, SETTLED, copied

TABLES = {
    *("dispute", "dispute_party", "dispute_entry", "dispute_follower", "recusal", "dispute_read"),
    *("mediation", "mediation_guest", "agreement", "dispute_file"),
}
COPIED_ENTRY = copied("dispute_entry", "dispute_id, kind, at, detail", kind="'rumour'")
OVER = "next_on = NULL, next_step = NULL, next_step_at = NULL"
NO_STEP = "next_step = NULL, next_step_at = NULL"
CLOSED = f"state = 'closed', mediable = false, owner_id = NULL, outcome = 'settled', {OVER}"


def dispute(values: str, number: int = AGREED) -> str:
    """The statement that sets them, past all code of ours."""
    return f"UPDATE dispute SET {values} WHERE id = {number}"


def mediation(values: str, number: int) -> str:
    """The same for a mediation."""
    return f"UPDATE mediation SET {values} WHERE id = {number}"


# (what somebody tries, the check that refuses it)
REFUSED = [
    (dispute("kind = 'war'"), "ck_dispute_kind_known"),
    (dispute("colour = 'pink'"), "ck_dispute_colour_known"),
    (dispute("colour = 'red'"), "ck_dispute_never_red"),
    (dispute("source = 'rumour', lead_id = NULL"), "ck_dispute_source_known"),
    (dispute("state = 'moon', red_lead_id = NULL", FROZEN), "ck_dispute_state_known"),
    (dispute("state = 'ended', red_lead_id = NULL, outcome = 'lost'", FROZEN), "ck_dispute_outcome_known"),
    (dispute("next_step = 'sleep'"), "ck_dispute_next_step_known"),
    (dispute("mediable = true"), "ck_dispute_mediable_while_mediated"),
    (dispute("state = 'registered'"), "ck_dispute_mediable_while_mediated"),
    (dispute("mediable = true", FROZEN), "ck_dispute_mediable_while_mediated"),
    (dispute("lead_id = NULL"), "ck_dispute_lead_if_from_one"),
    (dispute(f"lead_id = {PLAIN}", MEDIATING), "ck_dispute_lead_if_from_one"),
    (dispute("owner_id = NULL"), "ck_dispute_open_has_owner"),
    (dispute("owner_id = registered_by_id", FROZEN), "ck_dispute_open_has_owner"),
    (dispute("next_on = NULL"), "ck_dispute_open_has_next_date"),
    (dispute("next_on = happened_on", FROZEN), "ck_dispute_open_has_next_date"),
    (dispute(NO_STEP), "ck_dispute_open_has_next_step"),
    (dispute("next_step = 'accept', next_step_at = registered_at", FROZEN), "ck_dispute_open_has_next_step"),
    (dispute("next_step_at = NULL"), "ck_dispute_next_step_has_time"),
    (dispute("next_step_at = registered_at", FROZEN), "ck_dispute_next_step_has_time"),
    (dispute("outcome = 'settled'"), "ck_dispute_ended_somehow"),
    (dispute(f"state = 'ended', owner_id = NULL, {OVER}"), "ck_dispute_ended_somehow"),
    (dispute(f"state = 'frozen', owner_id = NULL, {OVER}"), "ck_dispute_frozen_by_a_red_lead"),
    (dispute("red_lead_id = 3"), "ck_dispute_frozen_by_a_red_lead"),
    (dispute("red_lead_id = NULL", FROZEN), "ck_dispute_frozen_by_a_red_lead"),
    (dispute("accepted_at = NULL", MEDIATING), "ck_dispute_mediated_once_accepted"),
    (dispute(CLOSED), "ck_dispute_closed_by_a_second_person"),
    (
        dispute(f"{CLOSED}, closing_by_id = registered_by_id, closed_by_id = registered_by_id, closed_at = rung_since"),
        "ck_dispute_closed_by_a_second_person",
    ),
    (dispute(f"{CLOSED}, closing_by_id = 1, closed_by_id = 2"), "ck_dispute_closed_by_a_second_person"),
    (dispute(f"{CLOSED}, closed_by_id = 2, closed_at = rung_since"), "ck_dispute_closed_by_a_second_person"),
    (dispute("state = 'closing'"), "ck_dispute_somebody_asks_for_closing"),
    (dispute("linked_to_id = id"), "ck_dispute_not_linked_to_itself"),
    (dispute("lead_mediable = false", MEDIATING), "ck_dispute_no_mediation_of_red"),
    ("UPDATE dispute_party SET resident_id = 1", "ck_dispute_party_resident_has_household"),
    (COPIED_ENTRY, "ck_dispute_entry_kind_known"),
    ("UPDATE dispute_read SET ground = 'curiosity'", "ck_dispute_read_ground_known"),
    (mediation("stage = 'dreamt'", PLANNED), "ck_mediation_stage_known"),
    (mediation("method = 'by force'", FAILED), "ck_mediation_method_known"),
    (mediation("result = 'scored'", SETTLED), "ck_mediation_result_known"),
    (mediation("planned_at = NULL", PLANNED), "ck_mediation_planned_has_time"),
    (mediation("stage = 'planned', result = NULL, held_on = NULL, planned_at = '2026-11-21'", SETTLED),
     "ck_mediation_planned_only_what_may_be"),
    (mediation("stage = 'held', held_on = '2026-11-21'", PLANNED), "ck_mediation_held_with_result"),
    (mediation("result = 'agreed'", PLANNED), "ck_mediation_held_with_result"),
    (mediation("stage = 'held', result = 'agreed'", PLANNED), "ck_mediation_held_on_a_day"),
    (mediation("held_on = NULL", FAILED), "ck_mediation_held_on_a_day"),
    (mediation("counted = false", FAILED), "ck_mediation_only_failed_counts"),
    (mediation("counted = true", SETTLED), "ck_mediation_only_failed_counts"),
    (mediation("counted = true", PLANNED), "ck_mediation_only_failed_counts"),
    ("UPDATE agreement SET court = 'moon', court_on = agreed_on", "ck_agreement_court_known"),
    ("UPDATE agreement SET court = 'asked'", "ck_agreement_court_on_a_day"),
    ("UPDATE agreement SET court_on = agreed_on", "ck_agreement_court_on_a_day"),
    ("UPDATE agreement SET broken_on = '2026-11-20'", "ck_agreement_broken_afterwards"),
    ("UPDATE dispute_file SET kind = 'film'", "ck_dispute_file_kind_known"),
    ("UPDATE dispute_file SET state = 'moon'", "ck_dispute_file_state_known"),
    ("UPDATE dispute_file SET state = 'kept'", "ck_dispute_file_kept_with_content"),
]  # fmt: skip


_MEDIATION = (
    "dispute_id, mediable, rung, stage, planned_at, plan_conversation_id, public, guests_agreed, leader_id, held_on,"
    " result, counted, absent, record_conversation_id"
)
_AGREEMENT = "dispute_id, mediation_id, agreed_on, text, court, broken_on"
THE_FIRST, THE_SECOND = f"WHERE id = {MEDIATING}", f"WHERE id = {AGREED}"

TWICE = [
    (
        copied("dispute", DISPUTE_COLUMNS, THE_SECOND, code="'x'", conversation_id="'x'"),
        "one_of_a_lead|dispute.lead_id",
    ),
    (copied("dispute", DISPUTE_COLUMNS, THE_FIRST, conversation_id="'x'"), "uq_dispute_code|dispute.code"),
    (copied("dispute", DISPUTE_COLUMNS, THE_FIRST, code="'x'"), "uq_dispute_conversation_id|dispute.conversation_id"),
    (
        copied("dispute_party", "dispute_id, position, name, consent, consent_at"),
        "party_once|dispute_party.dispute_id",
    ),
    (
        copied("dispute_follower", "dispute_id, member_id, rung, since"),
        "pk_dispute_follower|dispute_follower.dispute_id",
    ),
    (copied("recusal", "member_id, dispute_id, at, recorded_by_id"), "pk_recusal|recusal.member_id"),
    (copied("mediation_guest", "mediation_id, member_id, invited"), "pk_mediation_guest|mediation_guest.mediation_id"),
    (
        copied("mediation", _MEDIATION, f"WHERE id = {PLANNED}", plan_conversation_id="'x'"),
        "ux_mediation_planned|mediation.dispute_id",
    ),
    (
        copied("mediation", _MEDIATION, f"WHERE id = {FAILED}"),
        "uq_mediation_record_conversation_id|mediation.record_conversation_id",
    ),
    (
        copied("mediation", _MEDIATION, f"WHERE id = {PLANNED}", dispute_id=str(AGREED), mediable="false",
               stage="'cancelled'"),
        "uq_mediation_plan_conversation_id|mediation.plan_conversation_id",
    ),
    (copied("agreement", _AGREEMENT, broken_on="agreed_on"), "one_of_a_mediation|agreement.mediation_id"),
    (copied("agreement", _AGREEMENT, mediation_id=str(FAILED)), "ux_agreement_standing|agreement.dispute_id"),
]  # fmt: skip

UNKNOWN = [
    dispute(f"{column} = 999")
    for column in ("area_id", "household_id", "registered_by_id", "rung_area_id", "owner_id", "closing_by_id")
]
UNKNOWN += [dispute(f"{column} = 999") for column in ("closed_by_id", "linked_to_id", "lead_id")]
UNKNOWN += [dispute("red_lead_id = 999", FROZEN)]
UNKNOWN += [f"UPDATE dispute_party SET {column} = 999" for column in ("dispute_id", "household_id")]
UNKNOWN += ["UPDATE dispute_party SET household_id = 1, resident_id = 999"]
UNKNOWN += [f"UPDATE dispute_follower SET {column} = 999" for column in ("dispute_id", "member_id")]
UNKNOWN += [f"UPDATE recusal SET {column} = 999" for column in ("dispute_id", "member_id", "recorded_by_id")]
UNKNOWN += [f"UPDATE dispute_read SET {column} = 999" for column in ("dispute_id", "member_id")]
UNKNOWN += [mediation(f"{column} = 999", FAILED) for column in ("dispute_id", "leader_id")]
UNKNOWN += [mediation(f"{column} = 999", FAILED) for column in ("planned_by_id", "recorded_by_id")]
UNKNOWN += [f"UPDATE mediation_guest SET {column} = 999" for column in ("mediation_id", "member_id")]
UNKNOWN += [f"UPDATE agreement SET {column} = 999" for column in ("dispute_id", "mediation_id")]
UNKNOWN += [f"UPDATE dispute_file SET {column} = 999" for column in ("dispute_id", "mediation_id", "sent_by_id")]
UNKNOWN += ["UPDATE referral SET lead_id = NULL, dispute_id = 999"]
UNKNOWN += [f"DELETE FROM dispute WHERE id = {MEDIATING}", "DELETE FROM mediation WHERE id = 3"]


async def test_the_database_refuses_each_by_the_name_of_its_check(cases: Database) -> None:
    said = {statement: await refusal(cases, statement) for statement, _ in REFUSED}
    assert not [(one, said[one]) for one, constraint in REFUSED if not re.search(rf"\b{constraint}\b", said[one])]


def test_no_check_goes_untried() -> None:
    tables = [table for name, table in SQLModel.metadata.tables.items() if name in TABLES]
    assert len(tables) == len(TABLES)
    checks = {str(one.name) for table in tables for one in table.constraints if isinstance(one, CheckConstraint)}
    assert {constraint for _, constraint in REFUSED} == checks


async def test_what_is_there_once_is_not_there_twice(cases: Database) -> None:
    said = {statement: await refusal(cases, statement) for statement, _ in TWICE}
    assert not [(one, said[one]) for one, refused in TWICE if not re.search(refused, said[one])]


async def test_an_expert_has_one_open_request_for_a_dispute(cases: Database) -> None:
    of_the_dispute = f"UPDATE referral SET lead_id = NULL, dispute_id = {AGREED}"
    columns = "dispute_id, kind, member_id, asked_by_id, asked_at, ground, state, until, climbs"
    assert "of_one_matter" in await refusal(cases, f"UPDATE referral SET dispute_id = {AGREED}")
    assert not await refusal(cases, of_the_dispute)
    assert re.search(
        "ux_referral_open_dispute|referral.dispute_id",
        await refusal(cases, of_the_dispute, copied("referral", columns, state="'accepted'")),
    )


async def test_nothing_hangs_on_what_does_not_exist(cases: Database) -> None:
    said = {statement: await refusal(cases, statement) for statement in UNKNOWN}
    assert not [(one, text) for one, text in said.items() if "foreign key" not in text.lower()]


async def test_every_foreign_key_is_tried() -> None:
    keys = {
        (name, key.parent.name)
        for name in TABLES - {"dispute_entry"}  # an entry is final: test_timeline_is_final
        for key in SQLModel.metadata.tables[name].foreign_keys
    } - {("dispute", "lead_mediable"), ("mediation", "mediable")}
    tried = {
        (found[1], column)
        for statement in UNKNOWN
        if (found := re.match(r"UPDATE (\w+) SET (.*)", statement)) is not None
        for column in re.findall(r"(\w+) = 999", found[2])
    } - {("referral", "dispute_id")}
    assert tried == keys


async def test_a_second_mediation_is_planned_and_agreed_on_once_the_first_is_over(cases: Database) -> None:
    assert not await refusal(
        cases,
        mediation("stage = 'cancelled'", PLANNED),
        copied("mediation", _MEDIATION, f"WHERE id = {PLANNED}", stage="'planned'", plan_conversation_id="'x'"),
    )
    assert not await refusal(
        cases, "UPDATE agreement SET broken_on = agreed_on", copied("agreement", _AGREEMENT, mediation_id=str(FAILED),
                                                                      broken_on="NULL")
    )  # fmt: skip


async def test_a_dispute_is_closed_by_a_second_person(cases: Database) -> None:
    assert not await refusal(
        cases, dispute(f"{CLOSED}, closing_by_id = 1, closed_by_id = 2, closed_at = registered_at")
    )


async def test_a_lead_that_was_taken_up_is_the_dispute_s(cases: Database) -> None:
    assert "foreign key" in (await refusal(cases, f"DELETE FROM lead WHERE id = {MEDIATED}")).lower()
