"""The buttons of an alert: 签收, 我来处理, 转给…, still on it, whom to telephone. None of them remembers anything."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from domain.refusals import RefusedError
from domain.usecases.answering import Answered, answer_alert, still_on_it, to_telephone
from handlers.conversations import FLOWS
from handlers.flow import Rows
from handlers.leaving import unless_busy
from handlers.talking import begin_about
from handlers.turn import Turn, pressed_number
from models.lead import Colour
from models.member import Role


@dataclass(frozen=True, slots=True)
class AlertMine:
    """It is hers: acknowledged, or being handled."""

    code: str
    colour: Colour
    working: bool


@dataclass(frozen=True, slots=True)
class AlertTheirs:
    """Somebody else has it."""

    code: str
    colour: Colour
    role: Role
    working: bool
    may_take: bool


@dataclass(frozen=True, slots=True)
class AlertGivenBack:
    """She cannot go on: others are rung."""

    code: str
    colour: Colour


@dataclass(frozen=True, slots=True)
class PhoneList:
    """Whom to telephone now: name, role, place, and whether nothing can have reached her."""

    code: str
    colour: Colour
    people: tuple[tuple[str, Role, str, bool], ...]


async def alert_pressed(turn: Turn, args: Sequence[str]) -> None:
    """A button `alert:<ack, take, pass, yes, no or phones>:<alert>`."""
    what, number = args[0] if args else "", pressed_number(args, 1)
    if number is None or what not in _BUTTONS:
        turn.toast("no_such_button")
        return
    try:
        async with turn.scene.session.begin_nested():
            await _BUTTONS[what](turn, number)
    except RefusedError as refused:
        turn.refuse(refused.reason)


async def _acknowledge(turn: Turn, number: int) -> None:
    await _answer(turn, number, working=False)


async def _take(turn: Turn, number: int) -> None:
    await _answer(turn, number, working=True)


async def _answer(turn: Turn, number: int, *, working: bool) -> None:
    scene = turn.scene
    answered = await answer_alert(
        scene.session, actor=scene.actor, alert_id=number, working=working, now=scene.now, policy=scene.policy
    )
    _show(turn, answered)


async def _still(turn: Turn, number: int) -> None:
    _show(turn, await _say_still(turn, number, yes=True))
    turn.toast("still_noted")


async def _no_longer(turn: Turn, number: int) -> None:
    answered = await _say_still(turn, number, yes=False)
    turn.show(AlertGivenBack(answered.lead.code, answered.alert.colour))


async def _say_still(turn: Turn, number: int, *, yes: bool) -> Answered:
    scene = turn.scene
    return await still_on_it(
        scene.session, actor=scene.actor, alert_id=number, yes=yes, now=scene.now, policy=scene.policy
    )


async def _pass(turn: Turn, number: int) -> None:
    turn.press_answered_apart()  # the bell stays as it came

    async def begin() -> None:
        await begin_about(turn, FLOWS["handon"], number)

    await unless_busy(turn, f"alert:pass:{number}", begin)


async def _telephone(turn: Turn, number: int) -> None:
    scene = turn.scene
    turn.press_answered_apart()
    answered, people = await to_telephone(
        scene.session, actor=scene.actor, alert_id=number, now=scene.now, policy=scene.policy
    )
    if answered.alert.holder_id is not None:
        _show(turn, answered)
        return
    lines = tuple((person.name, person.role, person.area, person.unreached) for person in people)
    turn.show(PhoneList(answered.lead.code, answered.alert.colour, lines), _answers(turn, answered))


def _show(turn: Turn, answered: Answered) -> None:
    """The bell that was pressed now says who has it."""
    alert, lead = answered.alert, answered.lead
    take = [("alert_take", f"alert:take:{alert.id}")]
    look = [("open_lead", f"lead:show:{lead.id}")]
    if answered.mine:
        rows = [*([] if alert.working else [take]), [*look, ("alert_pass", f"alert:pass:{alert.id}")]]
        turn.show(AlertMine(lead.code, alert.colour, alert.working), turn.rows(rows))
        return
    rows = [*([take] if answered.may_take else []), look]
    view = AlertTheirs(lead.code, alert.colour, answered.role, alert.working, answered.may_take)
    turn.show(view, turn.rows(rows))


def _answers(turn: Turn, answered: Answered) -> Rows:
    number = answered.alert.id
    return turn.rows([[("alert_ack", f"alert:ack:{number}"), ("alert_take", f"alert:take:{number}")]])


_BUTTONS: Mapping[str, Callable[[Turn, int], Awaitable[None]]] = {
    "ack": _acknowledge,
    "take": _take,
    "pass": _pass,
    "yes": _still,
    "no": _no_longer,
    "phones": _telephone,
}
