"""When a silent whistle climbs, and who hears of it."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.rules.policy import Policy
from domain.rules.whistles import levels_of, next_climb
from models.lead import Colour
from models.member import Role

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("colour", "climbs", "hours"),
    [
        (Colour.RED, 0, 1),
        (Colour.RED, 1, 1),
        (Colour.RED, 2, 24),
        (Colour.RED, 9, 24),
        (Colour.ORANGE, 0, 24),
        (Colour.YELLOW, 1, 24),
        (Colour.BLUE, 5, 24),
    ],
)
def test_a_red_whistle_hurries_until_every_level_knows(colour: Colour, climbs: int, hours: int) -> None:
    assert next_climb(NOW, colour, climbs, Policy()) - NOW == timedelta(hours=hours)


def test_a_county_sets_its_own_patience_but_not_that_of_red() -> None:
    policy = Policy(whistle_hours=6)
    assert next_climb(NOW, Colour.YELLOW, 0, policy) == NOW + timedelta(hours=6)
    assert next_climb(NOW, Colour.RED, 0, policy) == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("climbs", "levels"),
    [
        (1, (Role.TOWNSHIP_CENTRE, Role.COUNTY_CENTRE)),
        (2, (Role.COUNTY_CENTRE,)),
        (7, (Role.COUNTY_CENTRE,)),
    ],
)
def test_the_first_level_that_anybody_holds_hears_of_it(climbs: int, levels: tuple[Role, ...]) -> None:
    assert levels_of(climbs) == levels
