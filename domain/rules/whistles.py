"""When a whistle that no unit answers climbs, and who hears of it then (spec 4).

The day is the spec's own "unanswered whistles climb", its length ours; a red matter does not wait a day for a unit.
"""

from datetime import datetime, timedelta

from domain.rules.policy import Policy
from models.lead import Colour
from models.member import Role

# Who is told besides the asker, climb by climb; after the last one the same again.
LEVELS = (Role.TOWNSHIP_CENTRE, Role.COUNTY_CENTRE)
RED_PATIENCE = timedelta(hours=1)


def next_climb(rung_at: datetime, colour: Colour, climbs: int, policy: Policy) -> datetime:
    """When a whistle rung at `rung_at`, which has climbed `climbs` times, climbs (again).

    A red one every hour until every level knows of it; from then on as often as any other: who does not answer to
    three calls is spoken to by telephone, and an hourly bell at night helps nobody.
    """
    hurried = colour is Colour.RED and climbs < len(LEVELS)
    return rung_at + (RED_PATIENCE if hurried else timedelta(hours=policy.whistle_hours))


def levels_of(climbs: int) -> tuple[Role, ...]:
    """Who is to hear of the climb number `climbs` (from 1): the first of these posts that anybody holds."""
    return LEVELS[min(climbs, len(LEVELS)) - 1 :]
