"""One person's data is erased, and a search through everything that is stored finds nothing of her."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.engine import make_url
from sqlmodel import col

from console.command_line import build_parser
from console.desk import Desk
from console.erasing import erase
from console.errors import CommandError
from console.holding import hold
from models.agenda import ItemEntry, ItemEvent
from models.conversation import Conversation
from models.dispute import Dispute, DisputeEntry, DisputeEntryKind, DisputeParty, DisputeSource, DisputeStep
from models.erasing import Erasure
from models.household import Household, HouseholdChange, Resident
from models.inbox import InboxUpdate
from models.lead import Colour, EntryKind, Lead, LeadEntry, LeadSource, Where
from models.member import Member
from models.visit import Visit, VisitMode, VisitOutcome, VisitPhoto
from tests.console.test_purging import held
from tests.storage.council_rows import found_council
from tests.support.county import WORKER
from tests.support.evidence import all_rows

CODE, NAME, PHONE, NICKNAME = "T-A-01-002", "单小红", "19000000001", "红姐"
ELSEWHERE = "T-A-01-003"
PINYIN = ("shanxiaohong", "danxiaohong", "sxh")


@dataclass
class Story:
    """Whose data is erased."""

    resident: int
    photo: int


def options(**given: object) -> argparse.Namespace:
    """The command's options."""
    plain: dict[str, object] = {
        "household": None,
        "resident": None,
        "also": [],
        "pictures": False,
        "yes": False,
        "by": None,
    }
    return argparse.Namespace(**(plain | given))


async def told(desk: Desk) -> Story:
    """She is the head of a household, and mentioned wherever somebody can write something."""
    async with desk.database.transaction() as session:
        # In this little county all heads have one telephone: here it is hers alone.
        await session.execute(update(Household).where(col(Household.code) != CODE).values(contact=None))
        await session.execute(update(Resident).where(col(Resident.name) != NAME).values(phone=None))
        worker = (await session.execute(select(Member).where(col(Member.telegram_id) == WORKER))).scalar_one()
        home = (await session.execute(select(Household).where(col(Household.code) == CODE))).scalar_one()
        other = (await session.execute(select(Household).where(col(Household.code) == ELSEWHERE))).scalar_one()
        hers = (await session.execute(select(Resident).where(col(Resident.name) == NAME))).scalar_one()
        seen: dict[str, Any] = {
            "member_id": worker.id,
            "visited_on": desk.today,
            "recorded_at": desk.now,
            "counts": True,
        }
        met: dict[str, Any] = {"mode": VisitMode.DOOR, "outcome": VisitOutcome.MET}
        visit = Visit(household_id=home.id, note=f"{NAME}说腿疼", **seen, **met)
        session.add_all([visit, Visit(household_id=other.id, note=f"邻居{NAME}帮忙", **seen, **met)])
        await session.flush()
        photo = VisitPhoto(visit_id=visit.id, file_id="p", caption=f"{NICKNAME}家门口")
        change: dict[str, Any] = {"member_id": worker.id, "changed_at": desk.now, "field": "resident"}
        lead = Lead(
            code="L1", conversation_id="l", item="debt", colour=Colour.YELLOW, key_matter=False, mediable=True,
            area_id=home.grid_id, whereabouts=Where.HOUSEHOLD, household_id=home.id, source=LeadSource.SEEN,
            reporter_id=worker.id, reported_at=desk.now, narrative=f"{NAME}被催债", safe_contact=PHONE,
        )  # fmt: skip
        session.add_all([photo, HouseholdChange(household_id=home.id, new=NAME, **change), lead])
        await session.flush()
        session.add(LeadEntry(lead_id=lead.id, kind=EntryKind.NOTE, at=desk.now, by_id=worker.id, body=f"见了{NAME}"))
        dispute = Dispute(
            code="D1", conversation_id="d", item="debt", colour=Colour.YELLOW, source=DisputeSource.VISIT,
            area_id=home.grid_id, facts=f"{NAME}和人吵", registered_by_id=worker.id, registered_at=desk.now,
            rung="grid", rung_area_id=home.grid_id, rung_since=desk.now, owner_id=worker.id, happened_on=desk.today,
            next_on=desk.today, next_step=DisputeStep.ACCEPT, next_step_at=desk.now,
        )  # fmt: skip
        session.add(dispute)
        await session.flush()
        party: dict[str, Any] = {
            "resident_id": hers.id,
            "household_id": home.id,
            "consent": True,
            "consent_at": desk.now,
        }
        session.add(DisputeParty(dispute_id=dispute.id, position=1, name=NAME, phone=PHONE, wishes="别说出去", **party))
        entry: dict[str, Any] = {"at": desk.now, "by_id": worker.id, "body": f"{NICKNAME}来过"}
        session.add(DisputeEntry(dispute_id=dispute.id, kind=DisputeEntryKind.NOTE, **entry))
        when: dict[str, Any] = {"started_at": desk.now, "updated_at": desk.now, "expires_at": desk.now}
        draft: dict[str, Any] = {
            "chat_id": 1,
            "user_id": WORKER,
            "flow": "visit",
            "version": 1,
            "step": "note",
            "rev": 1,
        }
        session.add(Conversation(id="c", state=f'{{"note": "{NAME}"}}', **draft, **when))
        escaped = '{"text": "\\u5355\\u5c0f\\u7ea2"}'
        session.add(InboxUpdate(update_id=7, chat_id=1, payload=escaped, received_at=desk.now, set_aside=True))
        await session.flush()
        return Story(hers.id, photo.id)


async def stored(desk: Desk) -> str:
    """Everything that is stored, decrypted."""
    return "\n".join(line for lines in (await all_rows(desk.database)).values() for line in lines)


async def test_nothing_of_her_is_left_and_the_records_of_others_stay(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    story = await told(desk)
    before = await stored(desk)
    also = [NICKNAME]
    assert await erase(desk, options(household=CODE)) == 0
    assert f"{story.resident}  {NAME}" in capsys.readouterr().out
    assert await erase(desk, options(resident=story.resident, also=also)) == 0
    said = capsys.readouterr().out
    assert "visit：2 条提到她" in said
    assert "只是查看" in said
    assert await stored(desk) == before

    assert await erase(desk, options(resident=story.resident, also=also, yes=True, by="周静")) == 0
    said = capsys.readouterr().out
    assert "没有她的任何记录了" in said
    assert "照片和语音还有 1 个" in said
    after = await stored(desk)
    for word in (NAME, PHONE, NICKNAME, "别说出去", "5355\\\\u5c0f", *PINYIN):
        assert word in before or word in ("5355\\\\u5c0f", *PINYIN), word
        assert word not in after, word
    for kept in ("▇▇说腿疼", "邻居▇▇帮忙", "▇▇被催债", "见了▇▇", "▇▇和人吵", "▇▇来过", "单强", '{"note": "▇▇"}'):
        assert kept in after, kept
    async with desk.database.transaction() as session:
        (record,) = (await session.execute(select(Erasure))).scalars().all()
        assert (record.kind, record.ordered_by, record.door, record.counts["resident"]) == ("person", "周静", None, 1)
        home = (await session.execute(select(Household).where(col(Household.code) == CODE))).scalar_one()
        assert (home.name, home.people_count, home.contact) == ("▇▇", 1, "▇▇")
    with pytest.raises(CommandError):
        await erase(desk, options(resident=story.resident, yes=True, by="周静"))


async def test_a_namesake_elsewhere_is_left_alone_and_pictures_go_when_it_is_said(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    story = await told(desk)
    async with desk.database.transaction() as session:
        other = (await session.execute(select(Household).where(col(Household.code) == ELSEWHERE))).scalar_one()
        session.add(Resident(household_id=other.id, name=NAME, relation="other"))
        await session.execute(update(Resident).where(col(Resident.name) == "单强").values(phone=PHONE))
    given = {"resident": story.resident, "yes": True, "by": "周静", "pictures": True}
    assert await erase(desk, options(**given)) == 0
    assert "同名" in capsys.readouterr().out
    after = await stored(desk)
    assert f"邻居{NAME}帮忙" in after
    assert "▇▇被催债" in after
    assert "▇▇和人吵" in after  # a dispute to which she is a party
    async with desk.database.transaction() as session:
        assert await session.get(VisitPhoto, story.photo) is None
        son = (await session.execute(select(Resident).where(col(Resident.name) == "单强"))).scalar_one()
        assert son.phone == PHONE  # the family's telephone is his as well


async def test_what_is_held_is_not_erased(desk: Desk) -> None:
    story = await told(desk)
    before = await stored(desk)
    with pytest.raises(CommandError):
        await erase(desk, options(resident=story.resident, yes=True))
    await hold(desk, held(dispute="D1", by="周静", reason="法院来函"))
    with pytest.raises(CommandError, match="保全"):
        await erase(desk, options(resident=story.resident, yes=True, by="周静"))
    assert (await stored(desk)).startswith(before[:200])
    async with desk.database.transaction() as session:
        assert (await session.execute(text("SELECT count(*) FROM erasure"))).scalar_one() == 0


@pytest.mark.parametrize("kept", [{"household": ELSEWHERE}, {"item": "T-A-26-004"}])
async def test_what_speaks_of_her_elsewhere_and_is_held_is_not_changed(desk: Desk, kept: dict[str, str]) -> None:
    story = await told(desk)
    async with desk.database.transaction() as session:
        first, second = (await session.execute(select(col(Member.id)).order_by(col(Member.id)).limit(2))).scalars()
        await found_council(session, first=first, second=second)
        session.add(ItemEntry(item_id=4, kind=ItemEvent.OPINION, at=desk.now, by_id=first, body=f"{NICKNAME}家先装"))
    await hold(desk, held(by="周静", reason="法院来函", **kept))
    before = await stored(desk)
    given = {"resident": story.resident, "also": [NICKNAME], "yes": True, "by": "周静"}
    with pytest.raises(CommandError, match="保全"):
        await erase(desk, options(**given))
    assert await stored(desk) == before
    await hold(desk, held(lift=1, by="周静"))
    assert await erase(desk, options(**given)) == 0


async def test_her_name_is_not_in_the_bytes_of_the_embedded_file_either(sqlite_desk: Desk) -> None:
    story = await told(sqlite_desk)
    file = Path(make_url(sqlite_desk.database.url).database or "")

    def everything() -> bytes:
        beside = [file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-journal")]
        return b"".join(one.read_bytes() for one in (file, *beside) if one.exists())

    await sqlite_desk.database.forget_overwritten()
    assert NAME.encode() in everything()
    assert await erase(sqlite_desk, options(resident=story.resident, yes=True, by="周静")) == 0
    assert NAME.encode() not in everything()


def test_the_command_line_knows_it() -> None:
    parsed = build_parser("erase").parse_args(["erase", "--resident", "3", "--also", "x1", "--also", "x2", "--yes"])
    assert (parsed.resident, parsed.also, parsed.yes) == (3, ["x1", "x2"], True)
