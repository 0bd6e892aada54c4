"""What the buttons of a lead do. What is confidential is shown here and nowhere else, and each reading is logged."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from domain.refusals import RefusedError
from domain.rules.handling import SupportKind
from domain.usecases.closing import closing_possible
from domain.usecases.matters import read_matter
from domain.usecases.remarks import link
from handlers.conversations import FLOWS
from handlers.flows.handle import Work
from handlers.lead_files import show_files
from handlers.leaving import unless_busy
from handlers.matter_card import buttons_of, view_of
from handlers.matter_line import show_line
from handlers.scene import Scene
from handlers.talking import begin_about
from handlers.turn import Turn, pressed_number

Press = Callable[[Turn, Sequence[str]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class SupportList:
    """The kinds of support; each button says what it is and how to get it."""


@dataclass(frozen=True, slots=True)
class SupportHelp:
    """What a kind of support is, for whom, and how to get it, in plain words."""

    support: SupportKind


async def lead_pressed(turn: Turn, args: Sequence[str]) -> None:
    """A button `lead:<what>:<lead>[:<more>]`."""
    what, rest = args[0] if args else "", args[1:]
    number = pressed_number(rest)
    if what in AT_ONCE and (number is not None or what in _WITHOUT_A_LEAD):
        try:
            async with turn.scene.session.begin_nested():
                await AT_ONCE[what](turn, rest)
        except RefusedError as refused:
            turn.refuse(refused.reason)
    elif what in BEGINS and number is not None:
        await _begin(turn, what, number)
    else:
        turn.toast("no_such_button")


async def _begin(turn: Turn, what: str, lead_id: int) -> None:
    flow, answers = BEGINS[what]

    async def go() -> None:
        try:
            await _possible(turn.scene, what, lead_id)
        except RefusedError as refused:
            turn.refuse(refused.reason)
            return
        await begin_about(turn, FLOWS[flow], lead_id, answers)

    await unless_busy(turn, f"lead:{what}:{lead_id}", go)


async def _possible(scene: Scene, what: str, lead_id: int) -> None:
    """Nobody writes down why it can be closed, to be told only then that it cannot. Raises RefusedError."""
    if what == Work.CLOSING:
        await closing_possible(scene.session, actor=scene.actor, lead_id=lead_id, now=scene.now, policy=scene.policy)


async def show_lead(turn: Turn, args: Sequence[str]) -> None:
    """The card of a lead: a new message, that vanishes. Raises RefusedError(NOT_YOURS)."""
    scene = turn.scene
    matter = await read_matter(
        scene.session, actor=scene.actor, lead_id=pressed_number(args) or 0, now=scene.now, policy=scene.policy
    )
    turn.show_secret(view_of(matter, scene), buttons_of(matter, scene))


async def _link(turn: Turn, args: Sequence[str]) -> None:
    scene, other = turn.scene, pressed_number(args, 1)
    if other is None:
        turn.toast("no_such_button")
        return
    lead_id = pressed_number(args) or 0
    await link(scene.session, actor=scene.actor, lead_id=lead_id, other_id=other, now=scene.now, policy=scene.policy)
    turn.toast("linked")
    await show_lead(turn, args)


async def _help(turn: Turn, _args: Sequence[str]) -> None:
    turn.say(SupportList(), turn.rows([[(f"how_{kind.value}", f"lead:how:{kind.value}")] for kind in SupportKind]))


async def _how(turn: Turn, args: Sequence[str]) -> None:
    known = {kind.value: kind for kind in SupportKind}
    kind = known.get(args[0]) if args else None
    if kind is None:
        turn.toast("no_such_button")
    else:
        turn.say(SupportHelp(kind))


# What happens at once, and the conversations that begin with the lead (and more) answered already.
AT_ONCE: dict[str, Press] = {
    "show": show_lead,
    "line": show_line,
    "link": _link,
    "help": _help,
    "how": _how,
    "files": show_files,
}
_WITHOUT_A_LEAD = frozenset({"how"})
BEGINS: dict[str, tuple[str, Mapping[str, str]]] = {
    **{work.value: ("handle", {"work": work.value}) for work in Work},
    "decide": ("closing", {}),
    "reopen": ("reopen", {}),
    "recolour": ("recolour", {}),
    "correct": ("correct", {}),
    "note": ("leadnote", {}),
    "refer": ("refer", {}),
    "whistle": ("whistle", {}),
    "glass": ("glass", {}),
}
