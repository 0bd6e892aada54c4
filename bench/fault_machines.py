"""T10: the state machines of the tests, each through 5,000 sequences of what people, time and chance may do.

They are the tests' own classes, on real databases through the use-cases, with a longer profile than a test can afford.
A sequence that breaks a promise is shrunk to its shortest form, which is what is told.
"""

import asyncio
import multiprocessing
import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from bench.processes import KEY
from bench.promise import Campaign, Outcome, Promise
from bench.stage import found, in_memory
from models import keyring
from tests.rules.ballot_machine import BallotsInAllHands
from tests.rules.dispute_promises import Promises
from tests.rules.handling_machine import Handling
from tests.rules.ladder_promises import Climbing
from tests.rules.test_ballot_counting import BoxInAllHands

RUNS = 5000  # of each machine
AT_ONCE = 25  # sequences that one process tries before it tells how it went


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine of the tests: what it is about, how it is made for one sequence, and how many steps that has."""

    subject: str
    kind: type[RuleBasedStateMachine]
    make: Callable[[Path, Counter[str]], RuleBasedStateMachine]
    steps: int


MACHINES = (
    Machine("leads", Handling, Handling, 20),
    Machine("ladder", Climbing, lambda _template, seen: Climbing(seen), 40),
    Machine("disputes", Promises, Promises, 25),
    Machine("boxes", BoxInAllHands, lambda _template, _seen: BoxInAllHands(), 50),
    Machine("ballots", BallotsInAllHands, BallotsInAllHands, 25),
)


@dataclass(frozen=True, slots=True)
class Played:
    """What came of some sequences of one machine."""

    place: int
    runs: int
    fault: str


def play(place: int, template: Path, runs: int, number: int) -> Played:
    """Try so many sequences, chosen by the number."""
    keyring.install(keyring.Keyring([KEY]))
    tempfile.tempdir = str(template.parent)
    machine, made = MACHINES[place], 0

    def fresh() -> RuleBasedStateMachine:
        nonlocal made
        made += 1
        return machine.make(template, Counter())

    profile = settings(
        max_examples=runs,
        stateful_step_count=machine.steps,
        deadline=None,
        database=None,
        print_blob=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(seed(number)(fresh), settings=profile)  # type: ignore[arg-type]
    except Exception as error:
        notes = "\n".join(getattr(error, "__notes__", []))
        return Played(place, min(made, runs), f"{machine.subject}: {type(error).__name__}: {error}\n{notes}")
    return Played(place, min(made, runs), "")


@contextmanager
def template() -> Iterator[Path]:
    """A SQLite file with the tests' county, in memory where there is room: a sequence is no test of the disk."""
    with in_memory() as folder:
        file = asyncio.run(found(folder / "template.db"))
        yield Path(shutil.move(file, folder / "county.db"))


def play_all(campaign: Campaign) -> Outcome:
    """Every machine, on all processors."""
    runs = campaign.of(RUNS)
    rng = random.Random(campaign.seed)
    tried, faults = Counter[str](), list[str]()
    with template() as file, ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        for place, machine in enumerate(MACHINES):
            sizes = [min(AT_ONCE, runs - start) for start in range(0, runs, AT_ONCE)]
            work = [pool.submit(play, place, file, size, rng.getrandbits(60)) for size in sizes]
            for done in work:
                played = done.result()
                tried[machine.subject] += played.runs
                if played.fault:
                    faults.append(played.fault)
                    campaign.tell(played.fault)  # at once: the rest takes an hour, and may be broken off
                if tried[machine.subject] % (AT_ONCE * 20) == 0 or tried[machine.subject] == runs:
                    campaign.tell(f"{machine.subject}: {tried[machine.subject]} of {runs}")
    short = [f"{name}: only {tried[name]} of {runs} tried" for name in tried if tried[name] < runs and not faults]
    return Outcome(broken=(*faults, *short), figures={f"runs_{name}": count for name, count in tried.items()})


async def keep_machines(campaign: Campaign) -> Outcome:
    """No sequence breaks a promise of leads, disputes, the ladder or ballots."""
    return await asyncio.to_thread(play_all, campaign)


PROMISES = (Promise("T10", "no sequence of what people and time may do breaks a rule", keep_machines),)
