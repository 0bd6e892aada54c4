"""The trail of a household: each change takes the next revision and is written down (spec 2)."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.refusals import Reason, RefusedError
from models.household import Household, HouseholdChange


async def take_revision(session: AsyncSession, household: Household, seen: int) -> None:
    """Make the change that follows revision `seen` the next one, and read the household as it is now.

    Raises RefusedError(CHANGED_MEANWHILE) when somebody else was quicker.
    """
    await session.flush()
    taken = await session.execute(
        update(Household)
        .where(col(Household.id) == household.id, col(Household.rev) == seen)
        .values(rev=seen + 1)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise RefusedError(Reason.CHANGED_MEANWHILE)
    await session.refresh(household)


def note_change(
    session: AsyncSession,
    household: Household,
    field: str,
    old: object,
    new: object,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Write down that `field` went from `old` to `new`; None stands for nothing."""
    session.add(
        HouseholdChange(
            household_id=household.id,
            member_id=actor.member_id,
            changed_at=now,
            field=field,
            old=None if old is None else str(old),
            new=None if new is None else str(new),
        )
    )
