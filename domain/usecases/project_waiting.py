"""Whether the sweep has anything to do about councils' projects and those whom they concern (spec 5)."""

from datetime import datetime

from domain.rules.policy import Policy
from domain.usecases.item_guest_seats import TO_END, seats_over
from domain.usecases.project_due import TO_REMIND, todays_run
from domain.usecases.rating_reminders import TO_ASK_AGAIN, long_ago
from domain.usecases.satisfaction import OVER
from models.looking import Reader, any_row

_WAITING = any_row(TO_REMIND, TO_ASK_AGAIN, OVER, TO_END)


async def projects_wait(reader: Reader, *, now: datetime, policy: Policy) -> bool:
    """Whether there is a project to remind of today, a rating to end or to ask for again, or a seat of X to end."""
    values = {"now": now, **todays_run(now, policy), **long_ago(now), **seats_over(now, policy)}
    return (await reader.execute(_WAITING, values)).scalar_one()
