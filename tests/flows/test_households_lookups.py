"""A flow that only looks something up: how it is declared, and how it is left."""

from dataclasses import replace

import pytest

from handlers.conversations import FLOWS
from handlers.flow import BadFlowError, Flow, Step
from handlers.questions import Confirm
from tests.support.county import WORKER
from tests.support.hands import Bench

FIND, EDIT = FLOWS["find"], FLOWS["hhedit"]
PICK, SUMMARY = FIND.steps[0], EDIT.steps[-1]


def declared(*steps: Step, saves: bool) -> Flow:
    """A flow of these steps."""
    return Flow("trial", 1, FIND.roles, steps, FIND.finish, saves=saves)


def test_a_flow_that_saves_ends_with_a_summary_and_a_look_up_with_a_pick() -> None:
    declared(PICK, saves=False)
    declared(PICK, SUMMARY, saves=True)
    for steps, saves in (((PICK,), True), ((PICK, SUMMARY), False), ((), False), ((EDIT.steps[1],), False)):
        with pytest.raises(BadFlowError):
            declared(*steps, saves=saves)


def test_a_summary_stands_nowhere_but_at_the_end() -> None:
    early = Step("early", SUMMARY.ask, Confirm())
    for saves, last in ((True, SUMMARY), (False, PICK)):
        with pytest.raises(BadFlowError, match="only the last step"):
            declared(early, last, saves=saves)


def test_a_look_up_has_no_defaults() -> None:
    with pytest.raises(BadFlowError, match="no summary"):
        declared(replace(PICK, default=lambda _a, _f: 1), saves=False)


async def test_keeping_a_search_for_later_cannot_be_forged(bench: Bench) -> None:
    worker = bench.person(WORKER)
    asked = await worker.say("查一户")
    data = asked.button("取消").replace("!cancel", "!keep")
    assert "⚠️" in (await worker.press_data(asked.message_id, data))[-1].text
    assert "没有草稿" in (await worker.say("草稿")).text
