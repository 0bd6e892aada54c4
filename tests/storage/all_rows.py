"""The tiny county with something in every table: for what has to leave everything as it is."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from domain.channel import Lane
from models.area import Area
from models.chat_message import ChatMessage
from models.conversation import Conversation
from models.erasing import Erasure, ErasureKind, LegalHold
from models.flow_receipt import FlowReceipt
from models.household import HouseholdChange, Tier
from models.inbox import InboxUpdate
from models.invite import Invite
from models.lead import Colour, LeadConsent
from models.lease import Lease, Pace
from models.member import Appointment, Member, Role
from models.outbox import OutboxMessage
from models.sweep_run import LateMark, SweepRun
from models.tier_change import TierChange, TierReason
from models.visit import Visit, VisitMode, VisitNeed, VisitOutcome, VisitPhoto
from tests.storage.conftest import MEDIATED, PLAIN, RED, _hang_on, _lead
from tests.storage.council_rows import found_council
from tests.storage.dispute_rows import hang_on
from tests.support.county import HEAD, POLICY, SATURDAY, WORKER, found_county

TODAY = POLICY.today(SATURDAY)
SOON = SATURDAY + timedelta(hours=1)


async def add_all_rows(session: AsyncSession) -> None:
    """Found it, with leads, disputes and a council and all that hangs on them, and a row of every other table."""
    await found_county(session)
    found = select(col(Member.id)).order_by(col(Member.telegram_id).desc())
    worker, head = [
        (await session.execute(found.where(col(Member.telegram_id) == who))).scalar_one() for who in (WORKER, HEAD)
    ]
    area = (await session.execute(select(col(Area.id)).where(col(Area.code) == "T-A-01"))).scalar_one()
    for colour in (Colour.YELLOW, Colour.BLUE, Colour.RED):
        session.add(_lead(colour, area, worker))
        await session.flush()
    await _hang_on(session, worker, head)
    await hang_on(session, area_id=area, worker=worker, head=head, lead_id=MEDIATED, red_lead_id=RED)
    await found_council(session, first=worker, second=head)
    session.add(Visit(household_id=1, member_id=worker, conversation_id="v", visited_on=TODAY,
                      recorded_at=SATURDAY, mode=VisitMode.DOOR, outcome=VisitOutcome.MET, counts=True,
                      note="她说腿疼", seen=["灯坏了"]))  # fmt: skip
    await session.flush()
    session.add_all(_others(worker, area))
    # There is a role that an older schema does not know.
    session.add_all(Appointment(member_id=head, area_id=area, role=role, starts_on=TODAY) for role in Role)
    await session.flush()


def _others(worker: int, area: int) -> list[SQLModel]:
    return [
        VisitNeed(visit_id=1, kind="medical"),
        VisitPhoto(visit_id=1, file_id="x", caption="门口"),
        HouseholdChange(household_id=1, member_id=worker, changed_at=SATURDAY, field="address", old="1号", new="2号"),
        TierChange(household_id=1, from_tier=Tier.KEY, to_tier=Tier.WATCH, reason=next(iter(TierReason)), note="好些了",
                   proposed_by_id=worker, proposed_at=SATURDAY),
        LateMark(rule="head", household_id=1, due_on=TODAY, told_on=TODAY),
        SweepRun(rule="morning", period=TODAY.isoformat(), swept_at=SATURDAY),
        InboxUpdate(update_id=1, chat_id=WORKER, payload="{}", received_at=SATURDAY),
        OutboxMessage(dedupe_key="t:1", member_id=worker, lane=int(Lane.DIGEST), kind="MorningDigest",
                      payload={"on": "2026-11-21"}, created_at=SATURDAY, not_before=SATURDAY),
        ChatMessage(chat_id=WORKER, message_id=1, sent_at=SATURDAY, delete_at=SOON),
        Conversation(id="c", chat_id=WORKER, user_id=WORKER, flow="visit", version=1, step="mode", state="{}", rev=1,
                     started_at=SATURDAY, updated_at=SATURDAY, expires_at=SOON),
        FlowReceipt(id="c", user_id=WORKER, at=SATURDAY, reply="[]"),
        Invite(code_hash="b", role=Role.GRID_WORKER, area_id=area, created_at=SATURDAY, expires_at=SOON),
        LeadConsent(lead_id=PLAIN, recipient="federation", purpose="support", given=True, recorded_at=SATURDAY,
                    recorded_by_id=worker),
        LegalHold(lead_id=PLAIN, reason="法院来函", placed_by="周静", placed_at=SATURDAY),
        Erasure(kind=ErasureKind.RULE, rule="lead", at=SATURDAY, counts={"lead": 1}),
        Lease(name="night", holder="a", fence=1, until=SOON),
        Pace(chat_id=0, until=SOON),
    ]  # fmt: skip
