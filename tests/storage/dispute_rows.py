"""Three disputes and a row of every table that hangs on one."""

from sqlalchemy.ext.asyncio import AsyncSession

from domain.rules.policy import Policy
from models.confidential import DisputeFollower, DisputeGround, DisputeRead, Recusal
from models.dispute import (
    Dispute,
    DisputeEntry,
    DisputeEntryKind,
    DisputeParty,
    DisputeSource,
    DisputeState,
    DisputeStep,
)
from models.lead import Colour, FileKind
from models.mediation import Agreement, AttemptResult, DisputeFile, Mediation, MediationGuest, MediationStage
from tests.support.county import SATURDAY

# The first is being mediated, the second came from a lead and is agreed on, the third was frozen by a red lead.
MEDIATING, AGREED, FROZEN = 1, 2, 3
PLANNED, FAILED, SETTLED = 1, 2, 3  # mediations: two of the first dispute, one of the second
TODAY = Policy().today(SATURDAY)


# Every column of a dispute that must not be empty, or says where it stands.
DISPUTE_COLUMNS = (
    "code, conversation_id, kind, item, colour, mediable, state, source, lead_id, lead_mediable, area_id, facts,"
    " people, registered_by_id, registered_at, conflict, rung, rung_area_id, rung_since, tried, broken, given_back,"
    " owner_id, accepted_at, happened_on, next_on, next_step, next_step_at, round, follow_ups_done, rev"
)


def copied(table: str, columns: str, where: str = "", **changed: str) -> str:
    """The statement that writes a row of `table` once more, with some values changed."""
    values = ", ".join(changed.get(column, column) for column in columns.split(", "))
    return f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} {where}"


def _dispute(state: DisputeState, area_id: int, member_id: int) -> Dispute:
    is_open = state is not DisputeState.FROZEN
    return Dispute(
        code=f"D261121-{state.value[:4]}",
        conversation_id=state.value,
        item="debt",
        colour=Colour.YELLOW,
        mediable=state is DisputeState.MEDIATING,
        state=state,
        source=DisputeSource.OFFICE,
        area_id=area_id,
        facts="欠了三年没还",
        registered_by_id=member_id,
        registered_at=SATURDAY,
        rung="grid",
        rung_area_id=area_id,
        rung_since=SATURDAY,
        owner_id=member_id if is_open else None,
        accepted_at=SATURDAY,
        happened_on=TODAY,
        next_on=TODAY if is_open else None,
        next_step=DisputeStep.REMIND if is_open else None,
        next_step_at=SATURDAY if is_open else None,
    )


async def hang_on(
    session: AsyncSession, *, area_id: int, worker: int, head: int, lead_id: int, red_lead_id: int
) -> None:
    """Write them; `lead_id` is an ordinary lead."""
    disputes = [
        _dispute(state, area_id, worker) for state in (DisputeState.MEDIATING, DisputeState.AGREED, DisputeState.FROZEN)
    ]
    disputes[1].source, disputes[1].lead_id = DisputeSource.LEAD, lead_id
    disputes[2].red_lead_id = red_lead_id
    for dispute in disputes:
        session.add(dispute)
        await session.flush()
    mediations = [
        Mediation(
            dispute_id=MEDIATING, rung="grid", stage=MediationStage.PLANNED, planned_at=SATURDAY, leader_id=worker,
            plan_conversation_id="plan",
        ),
        Mediation(
            dispute_id=MEDIATING, rung="grid", stage=MediationStage.HELD, held_on=TODAY, result=AttemptResult.FAILED,
            counted=True, leader_id=worker, record_conversation_id="record",
        ),
        Mediation(
            dispute_id=AGREED, mediable=False, rung="grid", stage=MediationStage.HELD, held_on=TODAY,
            result=AttemptResult.AGREED, leader_id=worker,
        ),
    ]  # fmt: skip
    for mediation in mediations:
        session.add(mediation)
        await session.flush()
    session.add_all(
        [
            DisputeParty(dispute_id=MEDIATING, position=1, name="外村的老黄", consent=True, consent_at=SATURDAY),
            DisputeEntry(
                dispute_id=MEDIATING, kind=DisputeEntryKind.REGISTERED, at=SATURDAY, by_id=worker, body="欠了三年没还"
            ),
            DisputeFollower(dispute_id=MEDIATING, member_id=head, rung="grid", since=SATURDAY),
            Recusal(dispute_id=MEDIATING, member_id=head, at=SATURDAY, recorded_by_id=head),
            DisputeRead(dispute_id=MEDIATING, member_id=head, at=SATURDAY, ground=DisputeGround.HEAD),
            MediationGuest(mediation_id=PLANNED, member_id=head),
            Agreement(dispute_id=AGREED, mediation_id=SETTLED, agreed_on=TODAY, text="年底还清"),
            DisputeFile(dispute_id=MEDIATING, kind=FileKind.PHOTO, file_id="x", sent_by_id=worker),
        ]
    )
    await session.flush()
