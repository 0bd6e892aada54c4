"""The disputes of the first day: every rung has one, whatever the day is, and nobody hears of what is long past."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from console.demo import ensure_county
from domain.access import Actor, actors_by_telegram_id
from domain.rules.ladder import may_be_mediated
from domain.usecases.dispute_boards import BoardColumn, boards_of
from models.dispute import OPEN_STATES, Dispute, DisputeEntry, DisputeEntryKind, DisputeKind, DisputeState
from models.mediation import Mediation, MediationStage
from models.outbox import OutboxMessage
from models.schema import migrate
from models.session import Database
from tests.support.county import POLICY

HEAD_OF_DONGGUAN = 7018


async def disputes(database: Database) -> list[Dispute]:
    async with database.transaction() as session:
        return list((await session.execute(select(Dispute).order_by(col(Dispute.id)))).scalars())


@pytest.mark.parametrize(
    "now",
    [datetime(2026, 11, 21, 1, tzinfo=UTC), datetime(2027, 2, 28, 16, 5, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)],
)
async def test_the_first_day_has_a_dispute_on_every_rung_but_the_last_and_in_every_state_of_mediation(
    empty_database: Database, now: datetime
) -> None:
    await migrate(empty_database)
    await ensure_county(empty_database, now=now, policy=POLICY)
    made = await disputes(empty_database)
    standing = {dispute.rung for dispute in made if dispute.state in OPEN_STATES}
    assert standing == {"grid", "village_group", "community", "township"}
    assert {dispute.state for dispute in made} >= {
        DisputeState.REGISTERED, DisputeState.MEDIATING, DisputeState.AGREED, DisputeState.CLOSED, DisputeState.ENDED,
    }  # fmt: skip
    assert any(dispute.kind is DisputeKind.COUNSELLING for dispute in made)
    today = POLICY.today(now)
    overdue = [dispute for dispute in made if dispute.next_on and dispute.next_on < today]
    assert len(overdue) == 1
    async with empty_database.transaction() as session:
        assert (await session.execute(select(func.count(col(OutboxMessage.id))))).scalar_one() == 0
        planned = select(Mediation).where(col(Mediation.stage) == MediationStage.PLANNED)
        (plan,) = (await session.execute(planned)).scalars()
        latest = (await session.execute(select(func.max(col(DisputeEntry.at))))).scalar_one()
    assert plan.planned_at is not None
    assert plan.planned_at > now > latest
    assert all(may_be_mediated(dispute.state) for dispute in made if dispute.id == plan.dispute_id)


async def test_the_disputes_are_there_once_and_a_head_sees_them_on_her_boards(tmp_path: object) -> None:
    now = datetime(2026, 11, 21, 1, tzinfo=UTC)
    database = Database(f"sqlite:///{tmp_path}/suozi.db")
    await migrate(database)
    for _ in range(2):
        await ensure_county(database, now=now, policy=POLICY)
    codes = [dispute.code for dispute in await disputes(database)]
    assert len(set(codes)) == len(codes) == 10
    today = POLICY.today(now)
    async with database.transaction() as session:
        head: Actor = (await actors_by_telegram_id(session, [HEAD_OF_DONGGUAN], today))[HEAD_OF_DONGGUAN]
        since = POLICY.at(today.replace(month=1, day=1), POLICY.digest_at)
        boards = await boards_of(session, actor=head, since=since, today=today, ladder=POLICY.ladder)
        counts = {board.rung: board.counts for board in boards}
        assert counts["grid"][BoardColumn.PLANNED] == 1
        assert counts["grid"][BoardColumn.ENDED] == 1
        assert counts["grid"][BoardColumn.RESOLVED] == 1
        assert counts["village_group"][BoardColumn.UNDERWAY] == 1
        registered = select(func.count(col(DisputeEntry.id))).where(
            col(DisputeEntry.kind) == DisputeEntryKind.REGISTERED
        )
        assert (await session.execute(registered)).scalar_one() == 10
    await database.close()
