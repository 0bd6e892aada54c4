"""Who may do what in a women's council: standing x every button of it, driven by forged presses.

Every action is pressed by everybody on a record on which somebody can do it. What the table does not name must come
to nothing: no word of the record, no conversation, no change, and an answer all the same.
"""

import re
from collections.abc import Iterable

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from domain.channel import Outgoing
from handlers.councils import councils_pressed
from handlers.items import items_pressed
from handlers.meetings import meetings_pressed
from handlers.projects import projects_pressed
from handlers.record_presses import RecordPresses
from handlers.registry import COMMANDS
from handlers.votes import votes_pressed
from messages.render import labels
from models.conversation import Conversation
from models.household import Household
from models.member import Member, Role
from models.session import Database
from tests.architecture.tree import ROOT
from tests.support.council_stage import PERSON, WORDS, Stage, Subject, add_person, set_stage
from tests.support.councils import CHAIR, FIRST
from tests.support.county import SATURDAY, STRANGER
from tests.support.raw_updates import Program

PRESSES: tuple[RecordPresses, ...] = (
    councils_pressed, items_pressed, votes_pressed, meetings_pressed, projects_pressed,
)  # fmt: skip
ACTIONS = [f"{one.prefix}:{what}" for one in PRESSES for what in (*one.at_once, *one.begins)]
BEGINS = {f"{one.prefix}:{what}" for one in PRESSES for what in one.begins}
# On which record an action can be done.
ITEM_OF = {
    "accept": "accept", "ask": "ask", "decline": "ask", "withdrawn": "withdrawn", "answer": "answer",
    "withdraw": "withdrawn", "discuss": "discuss", "open": "open", "link": "link", "again": "again",
    "project": "project",
}  # fmt: skip
BALLOT_OF = {"close": "close", "sure": "secret", "papers": "secret"}
MEETING_OF = {
    "begin": "begin", "now": "begin", "off": "off", "cancel": "off", "ics": "begin", "sign": "sign", "attend": "sign",
    "end": "end", "items": "begin", "move": "off",
    "round": "draft", "minutes": "draft", "file": "out", "corrections": "out", "correct": "out",
}  # fmt: skip
PROJECT_OF = {"rating": "done", "rate": "done"}


# What each may do; bundles in capitals. Whoever is not named may do nothing at all.
BUNDLES = {
    "COUNCIL": "co:show co:list co:items co:projects co:meetings co:year co:yearfile co:union co:unionfile",
    "ITEM": "item:show item:look item:line item:files item:opinions item:guests vote:mine vote:paper vote:look",
    "MEETING": "meet:show meet:ics meet:corrections",
    "PROJECT": "proj:show proj:line proj:files",
    "VOTER": "item:opinion vote:cast vote:sure vote:lines meet:sign proj:rating proj:rate",
    "OWN": "proj:mine",
    "CHAIR": (
        "co:bind co:settings co:meet item:accept item:ask item:decline item:discuss item:open item:link item:uninvite"
        " item:again item:drop item:reword item:merge item:invite item:project vote:board vote:close vote:repost"
        " vote:extend vote:cancel vote:enter vote:papers meet:begin meet:now meet:end meet:cancel meet:off meet:round"
        " meet:attend meet:strike meet:move meet:items meet:minutes meet:answer"
    ),
    "OWNER": "proj:progress proj:delay proj:finish",
}
TABLE = {
    "guest_elsewhere": "OWN",
    "chair_elsewhere": "OWN",
    "head_elsewhere": "OWN",
    "worker": "OWN co:propose",
    "owner": "OWN PROJECT OWNER co:propose",
    "proposer": "OWN ITEM PROJECT co:propose item:withdraw item:withdrawn item:answer item:reword",
    "head": "OWN COUNCIL ITEM MEETING PROJECT vote:lines meet:file co:propose",
    "federation": "OWN COUNCIL ITEM MEETING PROJECT vote:lines meet:file",
    "guest": "OWN ITEM MEETING PROJECT VOTER item:uninvite",
    "member": "OWN COUNCIL ITEM MEETING PROJECT VOTER co:propose meet:file meet:correct",
    "chair": "OWN COUNCIL ITEM MEETING PROJECT VOTER OWNER CHAIR co:propose meet:file meet:correct proj:hand proj:stop",
    **dict.fromkeys(
        ("past", "stranger", "frozen", "administrator", "auditor", "county", "township", "expert", "unit"), ""
    ),
}
POSTS: dict[str, tuple[Role, str]] = {
    "guest_elsewhere": (Role.COUNCIL_GUEST, "T-A"),
    "chair_elsewhere": (Role.COUNCIL_CHAIR, "T-B"),
    "head_elsewhere": (Role.HEAD, "T-B"),
    "worker": (Role.GRID_WORKER, "T-A-02"),
    "owner": (Role.MEDIATOR, "T-A"),
    "proposer": (Role.GRID_WORKER, "T-A-01"),
    "head": (Role.HEAD, "T-A"),
    "federation": (Role.FEDERATION_OFFICER, "T"),
    "guest": (Role.COUNCIL_GUEST, "T-A"),
    "administrator": (Role.ADMINISTRATOR, "T"),
    "auditor": (Role.AUDITOR, "T"),
    "county": (Role.COUNTY_CENTRE, "T"),
    "township": (Role.TOWNSHIP_CENTRE, "T-X"),
    "expert": (Role.EXPERT, "T"),
    "unit": (Role.PARTNER_UNIT, "T-X"),
}
REFUSED = {*labels("zh")["Reason"].values(), labels("zh")["toast"]["no_such_button"]}


def allowed(standing: str) -> list[str]:
    """The actions of a standing; forms first, and what changes a record last."""
    words = [one for word in TABLE[standing].split() for one in BUNDLES.get(word, word).split()]
    assert not set(words) - set(ACTIONS), set(words) - set(ACTIONS)
    return sorted(words, key=lambda action: (action not in BEGINS, ACTIONS.index(action)))


def data_of(action: str, stage: Stage, standing: str) -> str:
    """What the button of an action would send."""
    prefix, what = action.split(":")
    if prefix == "co":
        number = 0 if what == "list" else stage.council
    elif prefix == "item":
        number = stage.items[ITEM_OF.get(what, "talk")]
    elif prefix == "vote":
        number = stage.ballots[BALLOT_OF.get(what, "cast")]
    elif prefix == "meet":
        number = stage.correction if what == "answer" else stage.meetings[MEETING_OF.get(what, "out")]
    else:
        number = 0 if what == "mine" else stage.projects[PROJECT_OF.get(what, "ongoing")]
    if what == "uninvite":
        # Whoever is invited can leave, and only she and the chair can end it.
        name = "link" if standing == "guest" else "again"
        return f"{action}:{stage.items[name]}:{stage.guest_rows[name]}"
    more = {"link": ":resident", "cast": ":favour", "sure": ":favour", "rate": ":5"}.get(what, "")
    return f"{action}:{number}{more}"


async def people_of(session: AsyncSession) -> dict[str, Subject]:
    """Somebody for every standing but the council's own members and the stranger."""
    people = {name: await add_person(session, PERSON + place, post) for place, (name, post) in enumerate(POSTS.items())}
    people["past"] = await add_person(session, PERSON + 90)
    people["frozen"] = await add_person(session, PERSON + 91, (Role.COUNCIL_CHAIR, "T-A"), frozen_at=SATURDAY)
    return people


async def everything(database: Database) -> dict[str, int]:
    """How much there is of everything that is kept, and how often each record was changed."""
    async with database.transaction() as session:
        sizes = {
            name: (await session.execute(select(func.count()).select_from(table))).scalar_one()
            for name, table in SQLModel.metadata.tables.items()
            if not name.startswith("inbox")
        }
        revs = {
            f"{name}.rev": (await session.execute(select(func.sum(table.c.rev)))).scalar_one() or 0
            for name, table in SQLModel.metadata.tables.items()
            if "rev" in table.c
        }
    return {**sizes, **revs}


async def staged(database: Database) -> tuple[Stage, dict[str, int]]:
    """The stage, and the Telegram number of somebody for every standing."""
    async with database.transaction() as session:
        people = await people_of(session)
        stage = await set_stage(
            session,
            proposer=people["proposer"].member_id,
            owner=people["owner"].member_id,
            guest=people["guest"].member_id,
            past=people["past"].member_id,
        )
    numbers = {name: subject.telegram_id for name, subject in people.items()}
    return stage, {**numbers, "chair": CHAIR, "member": FIRST, "stranger": STRANGER}


# What is decided is the same on both databases; the queries behind it run on both in each conversation's own tests.
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_only_what_the_table_allows_comes_to_pass(database: Database) -> None:
    stage, numbers = await staged(database)
    assert set(numbers) == set(TABLE)
    program, wrong = Program(database), list[str]()
    for standing in TABLE:  # the chair is the last one: she changes most
        mine = allowed(standing)
        before = await everything(database)
        refused = [data_of(action, stage, standing) for action in ACTIONS if action not in mine]
        said = await program.presses(numbers[standing], refused)
        answered = said or all(program.toasts())
        after = await everything(database)
        if any(word in said for word in WORDS) or after != before or not answered:
            grown = {name: count for name, count in after.items() if count != before[name]}
            wrong += [f"{standing}: something came to pass: {grown} {said[:400]}"]
        wrong += [f"{standing}: {one}" for one in await what_does_not_work(program, stage, standing, numbers, mine)]
    assert not wrong, "\n".join(wrong)


async def what_does_not_work(
    program: Program, stage: Stage, standing: str, numbers: dict[str, int], actions: Iterable[str]
) -> list[str]:
    """The allowed actions that are refused, or do not begin what they should."""
    wrong = []
    for action in actions:
        said = await program.presses(numbers[standing], [data_of(action, stage, standing)])
        async with program.database.transaction() as session:
            talks = (await session.execute(select(func.count()).select_from(Conversation))).scalar_one()
            await session.execute(delete(Conversation))
        refused = set(program.toasts()) & REFUSED or "抱歉" in said
        if refused or talks != (action in BEGINS) or not (said or any(program.toasts())):
            wrong.append(f"{action} does not work: {program.toasts()} {said[:200]}")
    return wrong


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_what_is_anothers_and_what_does_not_exist_get_the_same_answer(database: Database) -> None:
    stage, numbers = await staged(database)
    program = Program(database)
    real = [data_of(action, stage, "chair_elsewhere") for action in ACTIONS if action not in allowed("chair_elsewhere")]
    none = [":".join([*one.split(":")[:2], "4711", *one.split(":")[3:]]) for one in real]
    said = await program.presses(numbers["chair_elsewhere"], real)
    toasts = program.toasts()
    assert await program.presses(numbers["chair_elsewhere"], none) == said
    assert program.toasts() == toasts
    assert len(toasts) == len(real)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_in_a_group_no_form_begins_and_nothing_is_said(database: Database) -> None:
    stage, numbers = await staged(database)
    program = Program(database)
    for standing in ("stranger", "worker", "member", "chair"):
        await program.presses(numbers[standing], [data_of(action, stage, standing) for action in ACTIONS], "supergroup")
        assert len(program.toasts()) == len(ACTIONS)
        assert {one.chat_id for one in program.said if isinstance(one, Outgoing)} <= {numbers[standing]}
        async with database.transaction() as session:
            assert (await session.execute(select(func.count()).select_from(Conversation))).scalar_one() == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_whoever_came_by_a_link_is_nobodys_colleague_and_may_freeze_her_own_account_alone(
    database: Database,
) -> None:
    """Every command and every word of the menu, by one of X who holds no other post."""
    _, numbers = await staged(database)
    program, guest = Program(database), numbers["guest"]
    async with database.transaction() as session:
        others = select(col(Member.name), col(Member.telegram_id), col(Member.id))
        people = {number: (name, id_) for name, number, id_ in (await session.execute(others)).all()}
        private = {*(await session.execute(select(col(Household.name)))).scalars()}
    me, my_id = people.pop(guest)
    private |= {name for name, _ in people.values()} - {me}
    before = await everything(database)
    begun = set()
    for command in COMMANDS:
        said = await program.says(guest, f"/{command}")
        assert not [name for name in private if name in said], command
        async with database.transaction() as session:
            begun |= {command} if (await session.execute(select(col(Conversation.id)))).first() else set()
            await session.execute(delete(Conversation))
    assert begun == {"freeze"}
    assert "leaves:" not in await program.says(guest, "/me")
    assert await program.presses(guest, ["leaves:list", "leaves:new"])
    assert await everything(database) == before

    await program.says(guest, "/freeze")
    found = await program.says(guest, me[:1])
    pick = program.button(me)
    assert not [name for name in private if name in found]
    for _, id_ in people.values():
        assert "谁的手机" in await program.presses(guest, [f"{pick.rpartition(':')[0]}:{id_}"])
        pick = program.button(me)
    assert "谁的手机" not in await program.presses(guest, [pick])
    for other in ("administrator", "worker"):  # to whom she is somebody, and to whom she is nobody
        await program.says(numbers[other], "/freeze")
        await program.says(numbers[other], people[numbers[other]][0])
        form = program.button("").rsplit(":", 1)[0]
        asked = await program.presses(numbers[other], [f"{form}:{my_id}"])
        assert ("谁的手机" not in asked) == (other == "administrator")


def test_every_button_of_a_council_leads_somewhere() -> None:
    files = [*(ROOT / "handlers").rglob("*.py"), ROOT / "domain" / "council_notices.py"]
    written = {
        found
        for file in files
        for found in re.findall(r'f"((?:co|item|vote|meet|proj):[a-z]+):', file.read_text(encoding="utf-8"))
    }
    assert len(written) > 50
    assert not written - set(ACTIONS)
