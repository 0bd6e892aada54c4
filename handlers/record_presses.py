"""Buttons about one record, `<prefix>:<what>:<record>[:<more>]`: what happens at once, and what begins a form."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from domain.refusals import Reason, RefusedError
from handlers.conversations import FLOWS
from handlers.leaving import unless_busy
from handlers.talking import begin_about
from handlers.turn import Turn, pressed_number

Press = Callable[[Turn, Sequence[str]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class RecordPresses:
    """What the buttons with `prefix` do. A press of `at_once` gets the record's number and more as its arguments;
    `begins` names the conversations that begin with the record (and more) answered already; those in `apart` begin as
    a message of their own, because what their button hangs under leaves the chat by itself.
    """

    prefix: str
    at_once: Mapping[str, Press]
    begins: Mapping[str, tuple[str, Mapping[str, str]]]
    apart: Collection[str] = ()

    async def __call__(self, turn: Turn, args: Sequence[str]) -> None:
        what, rest = args[0] if args else "", args[1:]
        number = pressed_number(rest)
        if what in self.at_once and number is not None:
            try:
                async with turn.scene.session.begin_nested():
                    await self.at_once[what](turn, rest)
            except RefusedError as refused:
                self._refuse(turn, refused.reason)
        elif what in self.begins and number is not None:
            await self._begin(turn, what, number)
        else:
            turn.toast("no_such_button")

    @staticmethod
    def _refuse(turn: Turn, reason: Reason) -> None:
        if turn.group is not None and reason is Reason.NOT_YOURS:
            # She sees the message in the group: that it is none of hers is no secret, and why is kinder.
            turn.toast("not_of_the_council", alert=True)
        else:
            turn.refuse(reason)

    async def _begin(self, turn: Turn, what: str, number: int) -> None:
        flow, answers = self.begins[what]

        async def go() -> None:
            if what in self.apart:
                turn.press_answered_apart()
            await begin_about(turn, FLOWS[flow], number, answers)

        await unless_busy(turn, f"{self.prefix}:{what}:{number}", go)
