"""There is no way from a key matter, or from anything red, to a mediation (spec 3): not by types, not by any sequence.

The sequences of a normal run are always the same; MEDIATION_EXAMPLES=2000 tries as many new ones.
"""

import os
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.exc import IntegrityError

from domain.access import actors_by_telegram_id
from domain.refusals import Reason, RefusedError
from domain.rules.handling import Verdict
from domain.rules.triage import OrdinaryMatter, ProtectedMatter
from domain.usecases import mediation
from models.lead import Colour, Triage
from models.session import Database
from tests.rules.handling_machine import Handling, facts, report
from tests.support.county import COUNTY, HEAD, POLICY, SATURDAY, TOWNSHIP

EXAMPLES = int(os.environ.get("MEDIATION_EXAMPLES", "0"))


def test_no_sequence_of_what_people_can_do_leads_from_red_to_a_mediation(sqlite_template: Path) -> None:
    seen: Counter[str] = Counter()
    run_state_machine_as_test(
        lambda: Handling(sqlite_template, seen),  # type: ignore[arg-type]
        settings=settings(
            max_examples=EXAMPLES or 8,
            stateful_step_count=20,
            derandomize=not EXAMPLES,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert seen["request waiting"]
    assert seen[Reason.NEVER_MEDIATED.value]


def test_the_machine_gets_everywhere(sqlite_template: Path) -> None:
    """A machine that is refused everything would prove nothing. By hand, so that no state is left to chance."""
    seen: Counter[str] = Counter()
    hands = Handling(sqlite_template, seen)
    quarrel, debt = hands.reports("neighbours", (), None), hands.reports("debt", (), None)
    beaten = hands.reports("other", (Triage.DANGER,), None)
    steps: list[Callable[[], None]] = [
        lambda: hands.verifies(quarrel, HEAD, Verdict.DISPUTE),
        lambda: hands.discloses_violence(quarrel, TOWNSHIP),
        lambda: hands.recolours(quarrel, COUNTY, Colour.BLUE, "反家庭暴力法"),
        lambda: hands.asks_for_mediation_at_any_time(quarrel, HEAD),
        lambda: hands.asks_for_mediation_at_any_time(debt, HEAD),
        lambda: hands.recolours(debt, HEAD, Colour.RED, None),
        lambda: hands.recolours(debt, HEAD, Colour.YELLOW, None),
        lambda: hands.recolours(debt, COUNTY, Colour.YELLOW, "民法典"),
        lambda: hands.asks_for_mediation_at_any_time(debt, HEAD),
        lambda: hands.asks_with_a_made_up_matter(beaten, HEAD, Colour.BLUE),
        lambda: hands.verifies(beaten, HEAD, Verdict.DISPUTE),
        lambda: hands.is_worked_to_its_end(beaten, HEAD, TOWNSHIP, True),
        lambda: hands.is_worked_to_its_end(beaten, HEAD, TOWNSHIP, False),
        lambda: hands.reopens(beaten, COUNTY),
        lambda: hands.asks_for_mediation_at_any_time(beaten, HEAD),
    ]
    for step in steps:
        step()
        hands.nothing_protected_waits_for_mediation()
    hands.teardown()
    assert {name for name, times in seen.items() if times} >= {
        *("request waiting", "request frozen", "disclosed", "recoloured red", "recoloured yellow"),
        *("send_back", "close", "reopened"),
        *(Reason.NEVER_MEDIATED.value, Reason.KEY_STAYS_RED.value, Reason.LEGAL_PATH.value),
    }


async def test_a_protected_matter_passes_neither_the_type_checker_nor_the_database(database: Database) -> None:
    """Where mypy no longer refuses the marked argument, it refuses the mark: strict means no needless ignores."""
    async with database.transaction() as session:
        lead = await report(session, facts("domestic_violence"), "c1", SATURDAY)
        actor = (await actors_by_telegram_id(session, [COUNTY], POLICY.today(SATURDAY)))[COUNTY]
    protected = ProtectedMatter(lead.item, key_matter=True)
    with pytest.raises(IntegrityError, match=r"fk_mediation_request_lead|FOREIGN KEY"):
        async with database.transaction() as session:
            await mediation.to_mediation(session, protected, lead, actor=actor, now=SATURDAY)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("item", "triage", "raised_to"),
    [("domestic_violence", (), None), ("neighbours", (Triage.CHILD,), None), ("debt", (), Colour.RED)],
)
async def test_a_made_up_ordinary_matter_does_not_help(
    database: Database, item: str, triage: Collection[Triage], raised_to: Colour | None
) -> None:
    async with database.transaction() as session:
        lead = await report(session, facts(item, triage, raised_to), "c1", SATURDAY)
        actor = (await actors_by_telegram_id(session, [COUNTY], POLICY.today(SATURDAY)))[COUNTY]
        with pytest.raises(RefusedError):
            mediation.ordinary(lead)
        with pytest.raises(ValueError, match="no ordinary matter"):
            OrdinaryMatter(item, lead.colour)
        with pytest.raises(RefusedError) as refused:
            await mediation.to_mediation(session, OrdinaryMatter(item, Colour.BLUE), lead, actor=actor, now=SATURDAY)
        assert refused.value.reason is Reason.NEVER_MEDIATED
