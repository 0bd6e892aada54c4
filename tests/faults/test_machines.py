"""The long campaign tries every state machine there is among the tests (`python -m bench.faults --only T10`)."""

import re

from hypothesis.stateful import RuleBasedStateMachine

from bench.fault_machines import MACHINES
from tests.architecture.tree import ROOT

_MACHINE = re.compile(r"run_state_machine_as_test\(\s*(?:lambda: )?(\w+)")


def leaves(kind: type) -> set[type]:
    """The classes that nothing is derived from."""
    below: list[type] = kind.__subclasses__()
    return {leaf for one in below for leaf in leaves(one)} if below else {kind}


def test_the_long_campaign_leaves_no_machine_out() -> None:
    played = {machine.kind.__name__ for machine in MACHINES}
    files = sorted((ROOT / "tests").rglob("*.py"))
    assert {name for file in files for name in _MACHINE.findall(file.read_text(encoding="utf-8"))} == played
    ours = {one for one in leaves(RuleBasedStateMachine) if one.__module__.startswith("tests.")}
    assert {one.__name__ for one in ours} <= played
