"""Who may do what with which lead: role x action x how she stands to it, written by hand and driven by forged presses.

Every action of the table is pressed in every cell, whether a button offers it or not. What the table does not name
must come to nothing: no word of the lead, no conversation, no change, no reading.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import delete, func, select
from sqlmodel import col

from models.alert import Alert
from models.confidential import LeadRead
from models.conversation import Conversation
from models.lead import Lead, LeadEntry, LeadStage
from models.member import Role
from models.referral import ReferralState
from models.session import Database
from tests.support.county import STRANGER
from tests.support.raw_updates import Program
from tests.support.standings import (
    ME,
    OTHER,
    THIRD,
    WORDS,
    Standing,
    Subject,
    appoint,
    enter,
    far_places,
    lead_of,
    leave,
)

LEAD = (
    *("show", "line", "files", "contact", "verify", "support", "follow", "revisit", "disclose", "closing", "withdraw"),
    *("recolour", "correct", "note", "refer", "whistle", "decide", "reopen", "glass"),
)
ALERT = ("ack", "take", "pass", "yes", "no", "phones")
ACTIONS = ("list", *LEAD, *ALERT)
READS = frozenset({"show", "line", "files"})
BUNDLES = {
    "SEE": "list show line files",
    "OWN": "list show files note correct",
    "ANSWER": "ack take pass",
    "HOLD": "ack take pass yes no",
    "NEW": "contact verify support follow disclose recolour refer note",
    "ON": "contact support follow revisit disclose closing recolour refer note",
}
GROUPS: dict[str, tuple[Role | None, ...]] = {
    "field": (Role.GRID_WORKER, Role.EXECUTIVE, Role.MEDIATOR),
    "near": (Role.INSTRUCTOR,),
    "heads": (Role.HEAD, Role.TOWNSHIP_CENTRE, Role.COUNTY_CENTRE),
    "desk": (Role.FEDERATION_OFFICER,),
    "help": (Role.EXPERT, Role.PARTNER_UNIT),
    "rest": (Role.ADMINISTRATOR, Role.AUDITOR, Role.COUNCIL_CHAIR, Role.COUNCIL_MEMBER, None),
}


@dataclass(frozen=True, slots=True)
class Row:
    """How she stands to the lead, and what each group of roles may do then; `answers` is for three of them alike."""

    standing: Standing
    answers: str = ""
    field: str = ""
    near: str = ""
    heads: str = ""
    desk: str = ""
    help: str = ""
    rest: str = ""

    def allowed(self, group: str) -> set[str]:
        """The actions of a group."""
        words = getattr(self, group).split() + (self.answers.split() if group in {"near", "heads", "desk"} else [])
        return {action for word in words for action in BUNDLES.get(word, word).split()}


HANDLES = Standing(stage=LeadStage.SUPPORTING, bell=True, holder=ME, working=True, handler=ME, wrote=True)
CLOSED = Standing(stage=LeadStage.CLOSED, bell=True, closing=OTHER, closed=THIRD)
CLOSING = Standing(stage=LeadStage.CLOSING, holder=OTHER, working=True, handler=OTHER, closing=OTHER)
REPORTED = Standing(reporter=ME, wrote=True)
ASKED = Standing(referral=ReferralState.ASKED)
TOOK_ON = Standing(referral=ReferralState.ACCEPTED)
# fmt: off
ROWS: dict[str, Row] = {
    "it rings for her": Row(Standing(bell=True), answers="SEE ANSWER NEW", heads="whistle"),
    "she has acknowledged it": Row(Standing(bell=True, holder=ME), answers="SEE HOLD NEW", heads="whistle"),
    "she handles it": Row(HANDLES, answers="SEE HOLD ON correct", heads="whistle"),
    "it rang for her, another handles it": Row(
        Standing(stage=LeadStage.SUPPORTING, bell=True, holder=OTHER, working=True, handler=OTHER),
        answers="SEE ack take ON", heads="whistle"),
    "her post was rung before she held it": Row(Standing(post_rung=True), answers="ANSWER glass"),
    "hers to oversee, but it never rang for her": Row(Standing(), answers="glass"),
    "of another area": Row(Standing(elsewhere=True)),
    "she handled it, and was moved elsewhere": Row(replace(HANDLES, elsewhere=True)),
    "she handles it, and is kin": Row(replace(HANDLES, reporter=ME, tied=True)),
    "she handles it, and her account is frozen": Row(replace(HANDLES, reporter=ME, frozen=True)),

    "she reported it": Row(REPORTED, answers="OWN", field="OWN"),
    "she reported it of her kin": Row(replace(REPORTED, conflict=True, tied=True)),
    "she reported it, and was moved elsewhere": Row(replace(REPORTED, elsewhere=True), answers="OWN", field="OWN"),

    "another asks for its closing": Row(CLOSING, near="glass", heads="SEE decide", desk="SEE decide"),
    "another asks for its closing, and she is kin": Row(replace(CLOSING, tied=True)),
    "she asks for its closing": Row(replace(HANDLES, stage=LeadStage.CLOSING, closing=ME),
        answers="SEE HOLD follow withdraw recolour correct refer note", heads="whistle"),
    "closed, and it rang for her": Row(CLOSED, answers="glass", heads="reopen", desk="reopen"),
    "closed, and she handled it": Row(replace(CLOSED, handler=ME, wrote=True),
        answers="SEE", heads="reopen", desk="reopen"),
    "closed by her": Row(replace(CLOSED, closed=ME), answers="SEE", heads="reopen", desk="reopen"),
    "closed, and she reported it": Row(replace(CLOSED, bell=False, reporter=ME, wrote=True),
        answers="list show files", heads="reopen", desk="reopen", field="list show files"),
    "closed, and she is kin": Row(replace(CLOSED, handler=ME, tied=True)),
    "closed, of another area": Row(replace(CLOSED, handler=ME, elsewhere=True)),

    "she is asked for help": Row(ASKED, answers="glass"),
    "she took it on": Row(TOOK_ON, answers="glass", help="show files"),
    "she took it on, and her days are over": Row(replace(TOOK_ON, over=True), answers="glass"),
    "she took it on, and reported back": Row(Standing(referral=ReferralState.REPORTED), answers="glass"),
    "she took it on, and is kin": Row(replace(TOOK_ON, tied=True)),
    "she took it on, and works elsewhere now": Row(replace(TOOK_ON, elsewhere=True)),

    "she broke the glass": Row(Standing(glass=True), answers="show line files"),
    "she broke the glass, half an hour ago": Row(Standing(glass=True, over=True), answers="glass"),
    "she broke the glass, and was moved elsewhere": Row(Standing(glass=True, elsewhere=True)),
    "she broke the glass, and is kin": Row(Standing(glass=True, tied=True)),
}
# fmt: on


def data_of(action: str, lead: Lead, alert: Alert) -> str:
    """What the button of an action would send."""
    if action == "list":
        return "/leads"
    return f"alert:{action}:{alert.id}" if action in ALERT else f"lead:{action}:{lead.id}"


async def traces(program: Program, lead: Lead, alert: Alert) -> tuple[object, ...]:
    """All that an action could have changed."""
    entries, reads, talks = (select(func.count()).select_from(table) for table in (LeadEntry, LeadRead, Conversation))
    queries = (entries.where(col(LeadEntry.lead_id) == lead.id), reads.where(col(LeadRead.lead_id) == lead.id), talks)
    async with program.database.transaction() as session:
        fresh, bell = await session.get_one(Lead, lead.id), await session.get_one(Alert, alert.id)
        counts = [(await session.execute(query)).scalar() for query in queries]
        return (fresh.rev, fresh.handler_id, bell.state, bell.holder_id, bell.working, bell.round, *counts)


async def what_comes_to_pass(program: Program, who: Subject, standing: Standing, refused: Iterable[str]) -> list[str]:
    """All that is to be refused, on one lead: nothing may come of any of it."""
    async with program.database.transaction() as session:
        lead, alert = await lead_of(session, who, standing)
    before = await traces(program, lead, alert)
    said = await program.presses(who.telegram_id, [data_of(action, lead, alert) for action in refused])
    after = await traces(program, lead, alert)
    answered = said or all(program.toasts())
    nothing = lead.code not in said and WORDS not in said and after == before and answered
    return [] if nothing else [f"something came to pass: {before} {after} {program.toasts()} {said}"]


async def what_does_not_work(program: Program, who: Subject, standing: Standing, action: str) -> list[str]:
    """An allowed action, on a lead of its own: it has an answer, and what shows the lead is logged."""
    async with program.database.transaction() as session:
        lead, alert = await lead_of(session, who, standing)
    said = await program.presses(who.telegram_id, [data_of(action, lead, alert)])
    async with program.database.transaction() as session:
        await session.execute(delete(Conversation))
        reads = select(col(LeadRead.member_id)).where(col(LeadRead.lead_id) == lead.id)
        readers = list((await session.execute(reads)).scalars())
    logged = [who.member_id] if action in READS else []
    return [] if lead.code in said and readers == logged else [f"{action}: {said or program.toasts()}, read: {readers}"]


async def wrong_cells(program: Program, who: Subject, standing: Standing, allowed: set[str]) -> list[str]:
    """The actions that do not go as the table says."""
    async with program.database.transaction() as session:
        await enter(session, who, standing)
    refused = [action for action in ACTIONS if action not in allowed]
    wrong = await what_comes_to_pass(program, who, standing, refused)
    for action in sorted(allowed):
        wrong += await what_does_not_work(program, who, standing, action)
    async with program.database.transaction() as session:
        await leave(session, who)
    return wrong


# What is decided is the same on both databases; the queries behind it run on both in each conversation's own tests.
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("group", "role"), [(group, role) for group, roles in GROUPS.items() for role in roles])
async def test_only_what_the_table_allows_comes_to_pass(database: Database, group: str, role: Role | None) -> None:
    program = Program(database)
    async with database.transaction() as session:
        await far_places(session)
        here, there = [await appoint(session, 600 + far, role, elsewhere=bool(far)) for far in (0, 1)]
    wrong = []
    for name, row in ROWS.items():
        who = there if row.standing.elsewhere else here
        wrong += [f"{name}: {one}" for one in await wrong_cells(program, who, row.standing, row.allowed(group))]
    assert not wrong, "\n".join(wrong)


async def test_nothing_comes_to_pass_in_a_group_and_nothing_is_said_there(database: Database) -> None:
    program = Program(database)
    async with database.transaction() as session:
        who = await appoint(session, 600, Role.HEAD, elsewhere=False)
        lead, alert = await lead_of(session, who, ROWS["she handles it"].standing)
    before = await traces(program, lead, alert)
    every = [data_of(action, lead, alert) for action in ACTIONS]
    for chat in ("group", "supergroup", "channel"):
        assert lead.code not in await program.presses(who.telegram_id, every, chat)
        assert await traces(program, lead, alert) == before


async def test_a_lead_of_others_and_one_that_does_not_exist_get_the_same_answer(database: Database) -> None:
    program = Program(database)
    async with database.transaction() as session:
        who = await appoint(session, 600, Role.GRID_WORKER, elsewhere=True)
        lead, alert = await lead_of(session, who, Standing())
    actions = [action for action in ACTIONS if action != "list"]
    said = await program.presses(who.telegram_id, [data_of(action, lead, alert) for action in actions])
    toasts = program.toasts()
    assert await program.presses(who.telegram_id, [f"{data_of(one, lead, alert)}000" for one in actions]) == said
    assert program.toasts() == toasts


async def test_a_stranger_gets_nowhere(database: Database) -> None:
    program = Program(database)
    async with database.transaction() as session:
        who = await appoint(session, 600, Role.HEAD, elsewhere=False)
        lead, alert = await lead_of(session, who, ROWS["it rings for her"].standing)
    before = await traces(program, lead, alert)
    said = await program.presses(STRANGER, [data_of(action, lead, alert) for action in ACTIONS])
    assert lead.code not in said
    assert await traces(program, lead, alert) == before
