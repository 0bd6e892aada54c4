"""What no council, item, ballot, meeting or project can be, whatever code writes it: the database refuses it."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Table, UniqueConstraint, select
from sqlmodel import SQLModel, col

from models.member import Member
from models.session import Database
from tests.storage.conftest import refusal
from tests.storage.council_rows import (
    ACCEPTED_ITEM,
    CLOSED,
    CLOSED_SECRET,
    MERGED_ITEM,
    OPEN,
    SECRET,
    found_council,
)
from tests.support.county import HEAD, WORKER

TABLES = (
    *(
        "council",
        "council_group",
        "group_code",
        "group_post",
        "agenda_item",
        "item_entry",
        "item_guest",
        "council_file",
    ),
    *("ballot", "elector", "vote", "ballot_box", "ballot_words", "ballot_entry"),
    *("council_meeting", "meeting_item", "attendance"),
    *("minutes", "minutes_version", "minutes_correction", "council_project", "project_step", "project_entry"),
    *("project_rating", "rating_asked", "flow_receipt"),
)
NOBODY = 999_999
SOMEBODY_ELSE = "(SELECT max(id) FROM member)"
# What makes a copy of a row another one, where something must be there once only.
FRESH: dict[str, dict[str, str]] = {
    "council": {"area_id": "(SELECT id FROM area WHERE code = 'T')"},
    "council_group": {"council_id": "2", "chat_id": "-2"},
    "group_code": {"code_hash": "'b'"},
    "group_post": {"subject_id": "77"},
    "agenda_item": {"code": "'x'", "conversation_id": "'x'", "number": "77"},
    "item_guest": {"code_hash": "'x'", "item_id": str(ACCEPTED_ITEM)},
    "ballot": {"conversation_id": "'x'", "item_id": str(ACCEPTED_ITEM)},
    "elector": {
        "position": "77",
        "member_id": SOMEBODY_ELSE,
        "ballot_id": "(SELECT max(id) FROM ballot)",
    },
    "vote": {"member_id": f"(SELECT max(member_id) FROM elector WHERE ballot_id = {OPEN})"},
    "ballot_entry": {"number": "77"},
    "council_meeting": {"code": "'x'", "conversation_id": "'x'"},
    "meeting_item": {"item_id": str(ACCEPTED_ITEM)},
    "attendance": {"member_id": SOMEBODY_ELSE},
    "minutes_version": {"version": "77"},
    "minutes_correction": {"conversation_id": "'x'"},
    "council_project": {"conversation_id": "'x'", "item_id": str(ACCEPTED_ITEM)},
    "project_step": {"position": "77"},
    "project_entry": {"conversation_id": "'x'"},
    "rating_asked": {"position": "77", "member_id": SOMEBODY_ELSE},
    "flow_receipt": {"id": "'x'"},
}
# Which row is copied, where it is not the first.
WHERE = {"ballot_box": f"WHERE ballot_id = {SECRET}"}


def copied(name: str, where: str = "", **changed: str) -> str:
    """The statement that writes a row of a table once more, with some values changed."""
    table = SQLModel.metadata.tables[name]
    columns = [column.name for column in table.columns if column.name != "id" or name == "flow_receipt"]
    values = ", ".join(changed.get(column, f'"{column}"') for column in columns)
    order = ", ".join(f'"{key.name}"' for key in table.primary_key)
    source = f'FROM "{name}" {where or WHERE.get(name, "")} ORDER BY {order} LIMIT 1'
    named = ", ".join(f'"{column}"' for column in columns)
    return f'INSERT INTO "{name}" ({named}) SELECT {values} {source}'


def ballot(**changed: str) -> str:
    """A ballot that is opened on the item that has none."""
    return copied("ballot", f"WHERE id = {OPEN}", **FRESH["ballot"], **changed)


def entry(number: int = OPEN, **changed: str) -> str:
    """An entry of a ballot's log."""
    return copied("ballot_entry", f"WHERE ballot_id = {number}", **FRESH["ballot_entry"], **changed)


def update(name: str, values: str, number: int = 1) -> str:
    """Set them in one row."""
    return f"UPDATE {name} SET {values} WHERE id = {number}"


# (what somebody tries, the check that refuses it)
REFUSED = [
    (update("council", "locale = 'fr'"), "ck_council_locale_known"),
    (update("council", "majority = 'loud'"), "ck_council_majority_known"),
    (update("council", "quorum_num = 4"), "ck_council_quorum_is_a_share"),
    ("UPDATE council_group SET state = 'gone'", "ck_council_group_state_known"),
    ("UPDATE group_post SET kind = 'gossip'", "ck_group_post_kind_known"),
    ("UPDATE group_post SET shown = 2", "ck_group_post_shown_was_wanted"),
    ("UPDATE group_post SET message_id = 3", "ck_group_post_message_in_a_chat"),
    (update("agenda_item", "urgency = 'whenever'"), "ck_agenda_item_urgency_known"),
    (update("agenda_item", "source = 'rumour'"), "ck_agenda_item_source_known"),
    (update("agenda_item", "state = 'moon'"), "ck_agenda_item_state_known"),
    (update("agenda_item", "state = 'merged'"), "ck_agenda_item_merged_somewhere"),
    (update("agenda_item", "merged_into_id = NULL", MERGED_ITEM), "ck_agenda_item_merged_somewhere"),
    (update("agenda_item", "merged_into_id = id", MERGED_ITEM), "ck_agenda_item_not_merged_into_itself"),
    (copied("item_entry", kind="'rumour'"), "ck_item_entry_kind_known"),
    ("UPDATE item_guest SET kind = 'friend'", "ck_item_guest_kind_known"),
    ("UPDATE item_guest SET joined_at = NULL", "ck_item_guest_joined_at_some_time"),
    ("UPDATE item_guest SET member_id = NULL, joined_at = NULL, code_hash = NULL", "ck_item_guest_invited_somehow"),
    ("UPDATE council_file SET kind = 'film'", "ck_council_file_kind_known"),
    ("UPDATE council_file SET state = 'moon'", "ck_council_file_state_known"),
    ("UPDATE council_file SET state = 'kept'", "ck_council_file_kept_with_content"),
    ("UPDATE council_file SET item_id = NULL", "ck_council_file_of_one_thing"),
    ("UPDATE council_file SET meeting_id = 1", "ck_council_file_of_one_thing"),
    (ballot(majority="'loud'"), "ck_ballot_majority_known"),
    (update("ballot", "state = 'moon', ended_at = closes_at"), "ck_ballot_state_known"),
    (update("ballot", "outcome = 'draw'"), "ck_ballot_(outcome_known|closed_with_outcome)"),
    (update("ballot", "closed_by = 'wind'"), "ck_ballot_(closed_by_known|closed_with_outcome)"),
    (ballot(quorum_num="4"), "ck_ballot_quorum_is_a_share"),
    (update("ballot", "closes_at = opened_at"), "ck_ballot_closes_after_opening"),
    (ballot(standing="0"), "ck_ballot_somebody_votes"),
    (update("ballot", "ended_at = closes_at"), "ck_ballot_ended_at_some_time"),
    (update("ballot", "seal = 'x'"), "ck_ballot_closed_with_outcome"),
    (update("ballot", "favour = 1"), "ck_ballot_counted_when_closed"),
    (update("ballot", "turnout = 1"), "ck_ballot_counted_when_closed"),
    (
        update(
            "ballot",
            "state = 'closed', ended_at = closes_at, closed_by = 'chair', outcome = 'passed', seal = 'x', favour = 3,"
            " against = 0, abstain = 0",
        ),
        "ck_ballot_one_vote_each",
    ),
    (ballot(outcome="'draw'", state="'closed'", ended_at="closes_at"), "ck_ballot_(outcome_known|c.*)"),
    (copied("elector", **FRESH["elector"] | {"seat": "'throne'", "ballot_id": str(NOBODY)}), "ck_elector_seat_known"),
    ("UPDATE vote SET choice = 'maybe' WHERE ballot_id = 1", "ck_vote_choice_known"),
    ("UPDATE vote SET way = 'pigeon', entered_by_id = 1 WHERE ballot_id = 1", "ck_vote_way_known"),
    ("UPDATE vote SET ballot_secret = true WHERE ballot_id = 1", "ck_vote_never_of_a_secret_ballot"),
    ("UPDATE vote SET way = 'paper' WHERE ballot_id = 1", "ck_vote_entered_by_somebody"),
    ("UPDATE vote SET entered_by_id = member_id WHERE ballot_id = 1", "ck_vote_entered_by_somebody"),
    (entry(kind="'rumour'"), "ck_ballot_entry_kind_known"),
    (entry(choice="'maybe'"), "ck_ballot_entry_(choice_known|cast_says_what)"),
    (entry(way="'pigeon'"), "ck_ballot_entry_(way_known|cast_says_what)"),
    (entry(kind="'cast'"), "ck_ballot_entry_cast_says_what"),
    (entry(voter_id="by_id"), "ck_ballot_entry_cast_says_what"),
    (
        entry(SECRET, kind="'cast'", voter_id="by_id", choice="'favour'", way="'press'"),
        "ck_ballot_entry_no_cast_of_a_secret_ballot",
    ),
    (entry(kind="'papers'"), "ck_ballot_entry_papers_of_a_secret_ballot"),
    (update("council_meeting", "mode = 'moon'"), "ck_council_meeting_mode_known"),
    (update("council_meeting", "state = 'moon', begun_at = NULL"), "ck_council_meeting_state_known"),
    (update("council_meeting", "begun_at = NULL"), "ck_council_meeting_begun_at_some_time"),
    (update("council_meeting", "state = 'held'"), "ck_council_meeting_ended_at_some_time"),
    ("UPDATE attendance SET seat = 'throne'", "ck_attendance_seat_known"),
    ("UPDATE attendance SET how = 'dreamt'", "ck_attendance_how_known"),
    ("UPDATE minutes SET state = 'lost', corrections_until = NULL", "ck_minutes_(state_known|out_until_some_time)"),
    ("UPDATE minutes SET state = 'out'", "ck_minutes_out_until_some_time"),
    (
        "UPDATE minutes SET state = 'final', corrections_until = (SELECT founded_at FROM council WHERE id = 1)",
        "ck_minutes_final_at_some_time",
    ),
    (
        "UPDATE minutes SET state = 'lost', corrections_until = (SELECT founded_at FROM council WHERE id = 1)",
        "ck_minutes_state_known",
    ),
    ("UPDATE minutes_correction SET state = 'moon', decided_at = at", "ck_minutes_correction_state_known"),
    ("UPDATE minutes_correction SET state = 'taken'", "ck_minutes_correction_decided_at_some_time"),
    ("UPDATE council_project SET state = 'moon', ended_on = due_on", "ck_council_project_state_known"),
    ("UPDATE council_project SET ended_on = due_on", "ck_council_project_ended_on_a_day"),
    ("UPDATE council_project SET state = 'done', ended_on = due_on", "ck_council_project_done_with_result"),
    (copied("project_entry", kind="'rumour'", conversation_id="'x'"), "ck_project_entry_kind_known"),
    ("UPDATE project_rating SET until = asked_at", "ck_project_rating_ends_after_start"),
]
# (what somebody tries, what the trigger says)
FIXED, OVER, FINAL = "this was fixed at its opening", "this ballot is over", "this is final"
BALLOT_IS_FIXED = (
    *("conversation_id = 'x'", f"item_id = {ACCEPTED_ITEM}", "council_id = 2", "secret = NOT secret"),
    *("opened_by_id = 2", "opened_at = closes_at", "quorum_num = 1", "quorum_den = 4", "majority = 'two_thirds'"),
    *("abstain_counts = NOT abstain_counts", "standing = 3", "invited = 1"),
)
GUARDED = [
    *((update("ballot", values, OPEN), FIXED) for values in BALLOT_IS_FIXED),
    (update("ballot", "secret = false", SECRET), FIXED),
    (update("ballot", "secret = false", CLOSED_SECRET), FIXED + "|" + OVER),
    (update("ballot", "state = 'open'", CLOSED), OVER),
    (update("ballot", "favour = 2", CLOSED), OVER),
    (update("ballot", "seal = 'x'", CLOSED_SECRET), OVER),
    (update("ballot", "reminded = 9", CLOSED), OVER),
    *((f"DELETE FROM ballot WHERE id = {number}", FINAL) for number in (OPEN, CLOSED)),
    (f"UPDATE vote SET choice = 'against' WHERE ballot_id = {CLOSED}", OVER),
    (f"UPDATE vote SET ballot_id = {OPEN}, member_id = {NOBODY} WHERE ballot_id = {CLOSED}", OVER),
    (f"UPDATE vote SET ballot_id = {CLOSED}, member_id = {NOBODY} WHERE ballot_id = {OPEN}", OVER),
    (f"DELETE FROM vote WHERE ballot_id = {CLOSED}", OVER),
    (copied("vote", f"WHERE ballot_id = {CLOSED}", member_id=str(NOBODY)), OVER),
    (f"DELETE FROM ballot_box WHERE ballot_id = {CLOSED_SECRET}", OVER),
    (f"UPDATE ballot_box SET ballot_id = {CLOSED} WHERE ballot_id = {SECRET}", FINAL),
    (copied("ballot_box", f"WHERE ballot_id = {SECRET}", ballot_id=str(CLOSED)), OVER),
    (entry(CLOSED), OVER),
    (copied("ballot_words"), FIXED),
    (f"UPDATE ballot_words SET ballot_id = {NOBODY} WHERE ballot_id = {OPEN}", FINAL),
    ("DELETE FROM ballot_words", FINAL),
    (copied("elector", **FRESH["elector"] | {"ballot_id": str(OPEN)}), FIXED),
    *((f"UPDATE elector SET {values}", FINAL) for values in ("seat = 'invited'", "position = 9", "member_id = 9")),
    *((f"UPDATE ballot_entry SET {values}", FINAL) for values in ("kind = 'closed'", "at = at", "chain = 'x'")),
    *((f"UPDATE item_entry SET {values}", FINAL) for values in ("item_id = 2", "kind = 'done'", "detail = '{}'")),
    *((f"UPDATE project_entry SET {values}", FINAL) for values in ("kind = 'done'", "by_id = NULL", "at = at")),
    ("UPDATE minutes_version SET version = 2", FINAL),
    *(
        (f"DELETE FROM {table}", FINAL)
        for table in ("elector", "ballot_entry", "item_entry", "project_entry", "minutes_version")
    ),
]


@pytest.fixture
async def council(database: Database) -> Database:
    """The county's database with a council that has everything."""
    async with database.transaction() as session:
        query = select(col(Member.id)).where(col(Member.telegram_id).in_((WORKER, HEAD))).order_by(col(Member.id))
        first, second = (await session.execute(query)).scalars().all()
        await found_council(session, first=first, second=second)
    return database


async def test_the_database_refuses_each_by_the_name_of_its_check(council: Database) -> None:
    said = {statement: await refusal(council, statement) for statement, _ in REFUSED}
    assert not [(one, said[one]) for one, check in REFUSED if not re.search(rf"\b{check}\b", said[one])]


def test_no_check_goes_untried() -> None:
    checks = {str(one.name) for table in _tables() for one in table.constraints if isinstance(one, CheckConstraint)}
    tried = {name for name in checks for _, check in REFUSED if re.fullmatch(check, name)}
    assert tried == checks


async def test_what_is_there_once_is_not_there_twice(council: Database) -> None:
    """Every unique key: a copy of a row that is another one in everything else."""
    wrong = []
    for table, name, columns in _unique():
        fresh = {column: value for column, value in FRESH.get(table.name, {}).items() if column not in columns}
        said = await refusal(council, copied(table.name, **fresh))
        if not re.search(rf"{name}|UNIQUE constraint failed: .*{table.name}\.{columns[-1]}", said):
            wrong.append((name, said))
    # The list of electors is closed before any key is looked at, and so are the words.
    closed = {("pk_elector", True), ("elector_place_once", True), ("pk_ballot_words", True)}
    assert {(name, FIXED in said) for name, said in wrong} == closed, wrong


# Besides a column that points to nobody, what the row's checks want changed with it.
BESIDES = {
    ("agenda_item", "merged_into_id"): {"state": "'merged'"},
    ("council_file", "meeting_id"): {"item_id": "NULL"},
    ("council_file", "project_id"): {"item_id": "NULL"},
    ("vote", "entered_by_id"): {"way": "'paper'"},
    ("ballot_entry", "voter_id"): {"kind": "'cast'", "choice": "'favour'", "way": "'press'"},
}


async def test_nothing_hangs_on_what_does_not_exist(council: Database) -> None:
    """Every foreign key: a copy of a row that points to nobody, or to a ballot of the other kind."""
    wrong = []
    for table in _tables():
        for key in (one for one in table.constraints if isinstance(one, ForeignKeyConstraint)):
            for column in key.columns:
                value = f"NOT {column.name}" if column.name == "ballot_secret" else str(NOBODY)
                changed = FRESH.get(table.name, {}) | BESIDES.get((table.name, column.name), {}) | {column.name: value}
                said = await refusal(council, copied(table.name, **changed))
                if "foreign key" not in said.lower():
                    wrong.append((table.name, column.name, said))
    # A vote of a secret ballot is refused by its check first; an elector too late by its trigger.
    assert {(name, column) for name, column, _ in wrong} == {("vote", "ballot_secret"), ("elector", "member_id")}, wrong


async def test_what_is_over_or_final_is_neither_changed_nor_deleted(council: Database) -> None:
    said = {statement: await refusal(council, statement) for statement, _ in GUARDED}
    assert not [(one, said[one]) for one, sentence in GUARDED if not re.search(sentence, said[one])]


async def test_what_must_remain_possible_is(council: Database) -> None:
    """Voting and thinking again while it is open, more time, and new keys at any time."""
    for statement in (
        f"UPDATE vote SET choice = 'against' WHERE ballot_id = {OPEN}",
        copied("vote", f"WHERE ballot_id = {OPEN}", **FRESH["vote"]),
        f"UPDATE ballot_box SET contents = contents WHERE ballot_id = {CLOSED_SECRET}",
        "UPDATE ballot_words SET title = title, body = body, salt = salt",
        "UPDATE item_entry SET body = body",
        "UPDATE project_entry SET body = body",
        "UPDATE minutes_version SET facts = facts",
        ballot(),
        entry(),
        copied("ballot", f"WHERE id = {CLOSED}", conversation_id="'x'"),  # an item may be voted on again
    ):
        assert not await refusal(council, statement), statement


def _tables() -> list[Table]:
    return [SQLModel.metadata.tables[name] for name in TABLES]


def _unique() -> Iterator[tuple[Table, str, list[str]]]:
    """Every table with the name and the columns of each of its unique keys, without those that number its rows."""
    for table in _tables():
        keys = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
        named = [(str(key.name), [column.name for column in key.columns]) for key in keys]
        named += [(str(one.name), [column.name for column in one.columns]) for one in table.indexes if one.unique]
        named.append((f"pk_{table.name}", [column.name for column in table.primary_key]))
        for name, columns in named:
            if "id" not in columns or table.name == "flow_receipt":
                yield table, name, columns
