"""Who may do what with which dispute: role x action x how she stands to it, driven by forged presses.

As in `test_access_matrix.py`: every action is pressed in every cell, whether a button offers it or not, and what the
table does not name must come to nothing: no word of the case, no conversation, no change, no reading.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import delete, func, select
from sqlmodel import col

from handlers.disputes import AT_ONCE, BEGINS
from models.confidential import DisputeRead
from models.conversation import Conversation
from models.dispute import Dispute, DisputeEntry, DisputeState
from models.member import Role
from models.referral import ReferralState
from models.session import Database
from tests.architecture.tree import ROOT
from tests.support.county import STRANGER
from tests.support.dispute_standings import ABOVE, GRID, WORDS, Standing, dispute_as, enter, leave
from tests.support.raw_updates import Program
from tests.support.standings import ME, OTHER, Subject, appoint, far_places

ACTIONS = ("list", *AT_ONCE, *BEGINS)
# These show what was said; `record` names the parties.
READS = frozenset({"show", "line", "parties", "files", "file", "record", "accept", "cancel"})
BUNDLES = {
    "SEE": "show parties files ways violence",
    "WORK": "list SEE line file told",
    "OPEN": "WORK recuse closing refer note party colour",
}
GROUPS: dict[str, tuple[Role | None, ...]] = {
    "worker": (Role.GRID_WORKER,),
    "near": (Role.INSTRUCTOR,),
    "elders": (Role.EXECUTIVE, Role.MEDIATOR),
    "head": (Role.HEAD,),
    "township": (Role.TOWNSHIP_CENTRE,),
    "county": (Role.COUNTY_CENTRE,),
    "expert": (Role.EXPERT,),
    "unit": (Role.PARTNER_UNIT,),
    "rest": (
        *(Role.FEDERATION_OFFICER, Role.ADMINISTRATOR, Role.AUDITOR, Role.COUNCIL_CHAIR, Role.COUNCIL_MEMBER),
        None,
    ),
}
ON_RUNGS = ("worker", "near", "elders", "head", "township", "county")
CLOSERS = ("near", "head", "township", "county")


@dataclass(frozen=True, slots=True)
class Row:
    """How she stands to the dispute, and what each group may do then: `on_rungs` all who hold a rung of the ladder,
    `closers` all who may close; `whistle` goes without saying for heads and centres on their rung.
    """

    standing: Standing
    on_rungs: str = ""
    closers: str = ""
    not_county: str = ""
    worker: str = ""
    near: str = ""
    head: str = ""
    elders: str = ""
    township: str = ""
    county: str = ""
    expert: str = ""
    unit: str = ""

    def allowed(self, group: str) -> set[str]:
        """The actions of a group."""
        words = getattr(self, group, "").split()
        words += self.on_rungs.split() if group in ON_RUNGS else []
        words += self.closers.split() if group in CLOSERS else []
        words += self.not_county.split() if group in ON_RUNGS and group != "county" else []
        found: set[str] = set()
        while words:
            word = words.pop()
            words += BUNDLES[word].split() if word in BUNDLES else []
            found |= {word} - set(BUNDLES)
        if "refer" in found and group in ("head", "township", "county"):
            found |= {"whistle"}
        return found & set(ACTIONS)


NEW = Standing(DisputeState.REGISTERED, owner=ME)
HERS = Standing(owner=ME, wrote=True)
AGREED = Standing(DisputeState.AGREED, agreement=True)
CLOSING = Standing(DisputeState.CLOSING, closing=OTHER)
CLOSED = Standing(DisputeState.CLOSED, agreement=True)
ENDED = Standing(DisputeState.ENDED)
GUEST = Standing(rung=ABOVE, planned=True, guest=True)
TOOK_ON = Standing(rung=ABOVE, referral=ReferralState.ACCEPTED)
REGISTERED = Standing(rung=ABOVE, registrar=ME, wrote=True)
FOLLOWED = Standing(rung=ABOVE, follower=True)
_LOWEST = "OPEN plan record hand passup"  # whose rung it is
# fmt: off
ROWS: dict[str, Row] = {
    "it waits on her rung": Row(NEW, "OPEN accept", not_county="passup"),
    "she has it": Row(HERS, "OPEN plan record hand correct", not_county="passup"),
    "a colleague has it, and a mediation is planned": Row(
        Standing(planned=True), "OPEN record hand ics cancel", not_county="passup"),
    "the rung below has passed it up to hers": Row(
        Standing(DisputeState.REGISTERED, came_from=True), "OPEN accept giveback", not_county="passup"),
    "agreed on her rung": Row(AGREED, "WORK recuse refer note party colour hand followup court"),
    "agreed on her rung, and followed up": Row(
        replace(AGREED, followed_up=True), "OPEN hand followup court"),
    "another asks for its closing on her rung": Row(
        CLOSING, "WORK recuse refer note party colour hand", closers="decide withdraw"),
    "she asks for its closing": Row(
        replace(CLOSING, closing=ME), "WORK recuse refer note party colour hand withdraw decide"),
    "closed on her rung": Row(CLOSED, "WORK court", closers="reopen"),
    "ended on her rung": Row(ENDED, "WORK", closers="reopen"),
    "frozen on her rung": Row(Standing(DisputeState.FROZEN), "list show line parties files file"),
    "on her rung, and she is kin": Row(replace(HERS, tied=True)),
    "on her rung, and she stands back": Row(replace(HERS, recused=True)),
    "on her rung, and her account is frozen": Row(replace(HERS, frozen=True, registrar=ME)),
    "on her rung, and she was moved elsewhere": Row(replace(HERS, elsewhere=True, registrar=ME)),

    "on a rung below hers": Row(
        Standing(rung=GRID), worker=_LOWEST, near=_LOWEST, head="list SEE line file recuse whistle"),
    "on a rung above hers": Row(Standing(rung=ABOVE)),
    "closed on a rung above hers": Row(replace(CLOSED, rung=ABOVE)),
    "closed on a rung below hers": Row(
        replace(CLOSED, rung=GRID), worker="WORK court", near="WORK court reopen",
        head="list SEE line file reopen"),
    "on a rung below hers, and she had it": Row(
        Standing(rung=GRID, follower=True), worker=_LOWEST, near=_LOWEST, head="list SEE line file recuse whistle note",
        elders="list SEE line recuse note", township="list SEE line recuse note", county="list SEE line recuse note"),
    "on a rung below hers, and she registered it": Row(
        Standing(rung=GRID, registrar=ME), worker=_LOWEST, near=_LOWEST, head="list SEE line file recuse whistle note",
        elders="list SEE recuse note", township="list SEE recuse note", county="list SEE recuse note"),
    "she follows it": Row(FOLLOWED, "list SEE line recuse note"),
    "she follows it, and it is closed": Row(replace(CLOSED, rung=ABOVE, follower=True), "list SEE line",
        closers="reopen"),
    "she follows it, and is kin": Row(replace(FOLLOWED, tied=True)),
    "she follows it, and was moved elsewhere": Row(replace(FOLLOWED, elsewhere=True)),
    "she registered it": Row(REGISTERED, "list SEE recuse note correct"),
    "she registered it, and it is closed": Row(replace(CLOSED, rung=ABOVE, registrar=ME), "list SEE",
        closers="reopen"),
    "she registered it of her kin": Row(replace(REGISTERED, conflict=True, tied=True)),
    "she registered it, and is known to be close since": Row(replace(REGISTERED, conflict=True)),
    "she registered it, and was moved elsewhere": Row(replace(REGISTERED, elsewhere=True)),
    "another asks for its closing on a rung above hers": Row(
        replace(CLOSING, rung=ABOVE), closers="list SEE line file recuse decide withdraw"),
    "the same, and she is kin": Row(replace(CLOSING, rung=ABOVE, tied=True)),
    "the same, elsewhere": Row(replace(CLOSING, rung=ABOVE, elsewhere=True)),

    "she is invited": Row(GUEST, elders="list show ics recuse", expert="list show ics recuse"),
    "she is invited, and is kin": Row(replace(GUEST, tied=True)),
    "she is asked for help": Row(replace(TOOK_ON, referral=ReferralState.ASKED)),
    "she took it on": Row(TOOK_ON, expert="SEE recuse", unit="SEE recuse"),
    "she took it on, and her days are over": Row(replace(TOOK_ON, over=True)),
    "she took it on, and is kin": Row(replace(TOOK_ON, tied=True)),
    "she took it on, and works elsewhere now": Row(replace(TOOK_ON, elsewhere=True)),
}
# fmt: on


def data_of(action: str, dispute: Dispute, plan: int) -> str:
    """What the button of an action would send."""
    if action == "list":
        return f"/disputes {dispute.code}"
    if action == "ics":
        return f"disp:ics:{plan}"
    return f"disp:{action}:{dispute.id}" + (f":{plan}" if action == "cancel" else "")


async def traces(program: Program, dispute: Dispute) -> tuple[object, ...]:
    """All that an action could have changed."""
    counts = (
        select(func.count(col(DisputeEntry.id))).where(col(DisputeEntry.dispute_id) == dispute.id),
        select(func.count(col(DisputeRead.id))).where(col(DisputeRead.dispute_id) == dispute.id),
        select(func.count()).select_from(Conversation),
    )
    query = select(
        col(Dispute.rev), col(Dispute.state), col(Dispute.owner_id), *[one.scalar_subquery() for one in counts]
    )
    async with program.database.transaction() as session:
        return tuple((await session.execute(query.where(col(Dispute.id) == dispute.id))).one())


async def what_comes_to_pass(program: Program, who: Subject, standing: Standing, refused: Iterable[str]) -> list[str]:
    """All that is to be refused, on one dispute: nothing may come of any of it."""
    async with program.database.transaction() as session:
        dispute, plan = await dispute_as(session, who, standing)
    before = await traces(program, dispute)
    said = await program.presses(who.telegram_id, [data_of(action, dispute, plan) for action in refused])
    after = await traces(program, dispute)
    answered = said or all(program.toasts())
    said = said.replace(f"“{dispute.code}”", "")  # that there is none with the code she asked for
    nothing = dispute.code not in said and WORDS not in said and after == before and answered
    return [] if nothing else [f"something came to pass: {before} {after} {program.toasts()} {said}"]


async def what_does_not_work(program: Program, who: Subject, standing: Standing, actions: list[str]) -> list[str]:
    """The allowed actions, each on a dispute of its own: it has an answer, and what shows the dispute is logged."""
    async with program.database.transaction() as session:
        cases = [await dispute_as(session, who, standing) for _ in actions]
    wrong = []
    for action, (dispute, plan) in zip(actions, cases, strict=True):
        said = await program.presses(who.telegram_id, [data_of(action, dispute, plan)])
        talks, read = await talks_and_reads(program, who, dispute)
        begun = talks == 1 if action in BEGINS else bool(said or program.toasts())
        refused = any("不在您的范围" in toast or "失效" in toast for toast in program.toasts())
        if refused or not begun or (action in READS and not read):
            wrong += [f"{action} does not work: {said} {program.toasts()}, read: {read}"]
    return wrong


async def talks_and_reads(program: Program, who: Subject, dispute: Dispute) -> tuple[int, int]:
    """How many conversations there are, which are ended with that, and how often she has read this dispute."""
    hers = (col(DisputeRead.dispute_id) == dispute.id) & (col(DisputeRead.member_id) == who.member_id)
    counts = select(func.count(col(Conversation.id))), select(func.count(col(DisputeRead.id))).where(hers)
    async with program.database.transaction() as session:
        talks, reads = (await session.execute(select(*[one.scalar_subquery() for one in counts]))).one()
        if talks:
            await session.execute(delete(Conversation))
    return talks, reads


async def wrong_cells(program: Program, who: Subject, standing: Standing, allowed: set[str]) -> list[str]:
    """The actions that do not go as the table says."""
    async with program.database.transaction() as session:
        await enter(session, who, standing)
    wrong = await what_comes_to_pass(program, who, standing, [action for action in ACTIONS if action not in allowed])
    wrong += await what_does_not_work(program, who, standing, sorted(allowed))
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


def test_every_button_of_a_dispute_leads_somewhere() -> None:
    files = [*(ROOT / "handlers").rglob("*.py"), ROOT / "domain" / "dispute_notices.py"]
    written = {found for file in files for found in re.findall(r'f"disp:([a-z]+):', file.read_text(encoding="utf-8"))}
    assert written
    assert not written - {*AT_ONCE, *BEGINS}


async def test_nothing_comes_to_pass_in_a_group_and_nothing_is_said_there(database: Database) -> None:
    program = Program(database)
    async with database.transaction() as session:
        who = await appoint(session, 600, Role.HEAD, elsewhere=False)
        dispute, plan = await dispute_as(session, who, HERS)
    before = await traces(program, dispute)
    every = [data_of(action, dispute, plan) for action in ACTIONS]
    for chat in ("group", "supergroup", "channel"):
        assert dispute.code not in await program.presses(who.telegram_id, every, chat)
        assert await traces(program, dispute) == before


async def test_a_dispute_of_others_and_one_that_does_not_exist_get_the_same_answer(database: Database) -> None:
    program = Program(database)
    async with database.transaction() as session:
        who = await appoint(session, 600, Role.GRID_WORKER, elsewhere=True)
        dispute, plan = await dispute_as(session, who, Standing(planned=True))
    actions = [action for action in ACTIONS if action != "list"]
    said = await program.presses(who.telegram_id, [data_of(action, dispute, plan) for action in actions])
    toasts = program.toasts()
    assert await program.presses(who.telegram_id, [f"{data_of(one, dispute, plan)}000" for one in actions]) == said
    assert program.toasts() == toasts


async def test_a_stranger_gets_nowhere(database: Database) -> None:
    program = Program(database)
    async with database.transaction() as session:
        who = await appoint(session, 600, Role.HEAD, elsewhere=False)
        dispute, plan = await dispute_as(session, who, HERS)
    before = await traces(program, dispute)
    said = await program.presses(STRANGER, [data_of(action, dispute, plan) for action in ACTIONS])
    assert dispute.code not in said
    assert await traces(program, dispute) == before
