"""What no lead and no alert can be, whatever code writes it: the database refuses it by the constraint's name."""

import re

from sqlalchemy import CheckConstraint
from sqlmodel import SQLModel

from models.session import Database
from tests.storage.conftest import MEDIATED, PLAIN, RED, refusal

TABLES = {
    *("lead", "lead_entry", "lead_file", "mediation_request", "alert", "alert_rung"),
    *("lead_read", "break_glass", "tie", "leave", "referral", "account_freeze"),
}
COPIED_ENTRY = "INSERT INTO lead_entry (lead_id, kind, at, detail) SELECT lead_id, 'rumour', at, detail FROM lead_entry"
# (what somebody tries, the check that refuses it)
REFUSED = [
    (f"UPDATE lead SET colour = 'pink' WHERE id = {PLAIN}", "ck_lead_colour_known"),
    (f"UPDATE lead SET whereabouts = 'moon' WHERE id = {PLAIN}", "ck_lead_whereabouts_known"),
    (f"UPDATE lead SET source = 'rumour' WHERE id = {PLAIN}", "ck_lead_source_known"),
    (f"UPDATE lead SET stage = 'done' WHERE id = {PLAIN}", "ck_lead_stage_known"),
    (f"UPDATE lead SET key_matter = true, mediable = false WHERE id = {PLAIN}", "ck_lead_key_matter_is_red"),
    (f"UPDATE lead SET colour = 'blue' WHERE id = {RED}", "ck_lead_key_matter_is_red"),
    (f"UPDATE lead SET colour = 'red' WHERE id = {PLAIN}", "ck_lead_no_mediation_of_red"),
    (f"UPDATE lead SET mediable = true WHERE id = {RED}", "ck_lead_no_mediation_of_red"),
    (f"UPDATE lead SET mediable = true, key_matter = false WHERE id = {RED}", "ck_lead_no_mediation_of_red"),
    (f"UPDATE lead SET whereabouts = 'household' WHERE id = {PLAIN}", "ck_lead_household_if_said"),
    (f"UPDATE lead SET household_id = 1 WHERE id = {PLAIN}", "ck_lead_household_if_said"),
    (f"UPDATE lead SET stage = 'closed' WHERE id = {PLAIN}", "ck_lead_closed_by_a_second_person"),
    (
        "UPDATE lead SET stage = 'closed', closing_by_id = reporter_id, closed_by_id = reporter_id,"
        f" closed_at = reported_at WHERE id = {PLAIN}",
        "ck_lead_closed_by_a_second_person",
    ),
    (
        f"UPDATE lead SET stage = 'closed', closing_by_id = 1, closed_by_id = 2 WHERE id = {PLAIN}",
        "ck_lead_closed_by_a_second_person",
    ),
    (f"UPDATE lead SET stage = 'closing' WHERE id = {PLAIN}", "ck_lead_somebody_asks_for_closing"),
    (f"UPDATE lead SET linked_to_id = id WHERE id = {PLAIN}", "ck_lead_not_linked_to_itself"),
    (COPIED_ENTRY, "ck_lead_entry_kind_known"),
    ("UPDATE lead_file SET kind = 'film'", "ck_lead_file_kind_known"),
    ("UPDATE lead_file SET state = 'moon'", "ck_lead_file_state_known"),
    ("UPDATE lead_file SET state = 'kept'", "ck_lead_file_kept_with_content"),
    ("UPDATE mediation_request SET state = 'held'", "ck_mediation_request_state_known"),
    (
        f"UPDATE lead SET mediable = false, colour = 'red' WHERE id = {MEDIATED}",
        "ck_mediation_request_only_what_may_be",
    ),
    ("UPDATE alert SET colour = 'pink'", "ck_alert_colour_known"),
    ("UPDATE alert SET state = 'asleep'", "ck_alert_state_known"),
    ("UPDATE alert SET next_step = 'sleep'", "ck_alert_next_step_known"),
    ("UPDATE alert SET next_step = NULL, next_step_at = NULL", "ck_alert_open_has_next_step"),
    ("UPDATE alert SET state = 'closed'", "ck_alert_open_has_next_step"),
    ("UPDATE alert SET next_step_at = NULL", "ck_alert_next_step_has_time"),
    ("UPDATE alert SET state = 'held'", "ck_alert_held_by_somebody"),
    ("UPDATE alert SET holder_id = 1", "ck_alert_held_by_somebody"),
    ("UPDATE alert_rung SET state = 'asleep'", "ck_alert_rung_state_known"),
    ("UPDATE alert_rung SET after_minutes = -1", "ck_alert_rung_time_runs_forward"),
    ("UPDATE lead_read SET ground = 'curiosity'", "ck_lead_read_ground_known"),
    ("UPDATE break_glass SET until = at", "ck_break_glass_ends_after_start"),
    ("UPDATE tie SET kind = 'friend'", "ck_tie_kind_known"),
    ("UPDATE \"leave\" SET ends_on = '2026-01-01'", "ck_leave_ends_after_start"),
    ("UPDATE account_freeze SET reason = 'bored'", "ck_account_freeze_reason_known"),
    ("UPDATE account_freeze SET lifted_by_id = frozen_by_id", "ck_account_freeze_lifted_when"),
    ("UPDATE referral SET kind = 'priest'", "ck_referral_kind_known"),
    ("UPDATE referral SET ground = 'habit'", "ck_referral_ground_known"),
    ("UPDATE referral SET state = 'lost'", "ck_referral_state_known"),
    ("UPDATE referral SET ground = 'law'", "ck_referral_law_is_named"),
    ("UPDATE referral SET kind = 'whistle'", "ck_referral_whistle_climbs"),
    ("UPDATE referral SET lead_id = NULL", "ck_referral_of_one_matter"),
]

TWICE = [
    (
        "INSERT INTO alert (lead_id, colour, state, opened_at, rung, round, working, next_step, next_step_at)"
        " SELECT lead_id, colour, state, opened_at, rung, round, working, next_step, next_step_at FROM alert",
        "ux_alert_open|alert.lead_id",
    ),
    (
        "INSERT INTO alert_bell (alert_id, member_id, position, first_at, last_at, times, handed)"
        " SELECT alert_id, member_id, position, first_at, last_at, times, handed FROM alert_bell",
        "bell_once|alert_bell.alert_id",
    ),
    (
        "INSERT INTO mediation_request (lead_id, mediable, state, asked_by_id, asked_at)"
        " SELECT lead_id, mediable, 'frozen', asked_by_id, asked_at FROM mediation_request",
        "uq_mediation_request_lead_id|mediation_request.lead_id",
    ),
    (
        "INSERT INTO referral (lead_id, kind, member_id, asked_by_id, asked_at, ground, state, until, climbs)"
        " SELECT lead_id, kind, member_id, asked_by_id, asked_at, ground, 'accepted', until, climbs FROM referral",
        "ux_referral_open|referral.lead_id",
    ),
    (
        "INSERT INTO lead_household (lead_id, household_id) SELECT lead_id, household_id FROM lead_household",
        "pk_lead_household|lead_household.lead_id",
    ),
    (
        "INSERT INTO lead_kept_away (lead_id, member_id) SELECT lead_id, member_id FROM lead_kept_away",
        "pk_lead_kept_away|lead_kept_away.lead_id",
    ),
    (f"UPDATE lead SET code = 'L261121-red' WHERE id = {PLAIN}", "ix_lead_code|uq_lead_code|lead.code"),
]


async def test_the_database_refuses_each_by_the_name_of_its_check(records: Database) -> None:
    said = {statement: await refusal(records, statement) for statement, _ in REFUSED}
    assert not [(one, said[one]) for one, constraint in REFUSED if not re.search(rf"\b{constraint}\b", said[one])]


def test_no_check_goes_untried() -> None:
    tables = [table for name, table in SQLModel.metadata.tables.items() if name in TABLES]
    assert len(tables) == len(TABLES)
    checks = {str(one.name) for table in tables for one in table.constraints if isinstance(one, CheckConstraint)}
    assert {constraint for _, constraint in REFUSED} == checks


async def test_what_is_there_once_is_not_there_twice(records: Database) -> None:
    said = {statement: await refusal(records, statement) for statement, _ in TWICE}
    assert not [(one, said[one]) for one, refused in TWICE if not re.search(refused, said[one])]


async def test_an_alert_after_a_closed_one_is_a_new_row(records: Database) -> None:
    assert not await refusal(
        records,
        "UPDATE alert SET state = 'closed', next_step = NULL, next_step_at = NULL",
        "INSERT INTO alert (lead_id, colour, state, opened_at, rung, round, working, next_step, next_step_at)"
        " SELECT lead_id, colour, 'ringing', opened_at, -1, 0, working, 'climb', opened_at FROM alert",
    )


async def test_a_lead_is_closed_by_a_second_person(records: Database) -> None:
    assert not await refusal(
        records,
        "UPDATE lead SET stage = 'closed', closing_by_id = 1, closed_by_id = 2, closed_at = reported_at"
        f" WHERE id = {PLAIN}",
    )
