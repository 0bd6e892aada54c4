"""A household on one line, as the buttons of lists show it."""

from datetime import date

from handlers.shortened import short_door, short_name
from messages.render import label
from models.household import Household, HouseholdStatus


def household_line(household: Household, today: date, locale: str) -> str:
    """Tier mark, name, door, and how it stands with the next visit."""
    late = (today - household.next_due_on).days
    if household.status is HouseholdStatus.AWAY:
        standing = label("away", locale, "standing")
    elif household.last_visit_on is None and late >= 0:
        standing = label("never_visited", locale, "standing")
    elif late > 0:
        standing = label("overdue", locale, "standing").format(days=late)
    elif late == 0:
        standing = label("due_today", locale, "standing")
    else:
        standing = ""
    mark = label(household.tier.value, locale, "tier_mark")
    who, door = f"{mark} {short_name(household.name)}", short_door(household.address)
    return " · ".join(part for part in (who, door, standing) if part)
