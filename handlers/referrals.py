"""Requests to experts and partner units: looking at one, accepting it, taking it back; and the list of one's own."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date

from domain.access import ASKED_FOR_HELP
from domain.channel import Button
from domain.refusals import RefusedError
from domain.usecases.referral_answers import accept_request, look_at_request, requests_to, take_back_request
from handlers.conversations import FLOWS
from handlers.leaving import unless_busy
from handlers.passing_on import opens
from handlers.request_card import card_of_request, matter_of, working_buttons
from handlers.request_pick import request_line
from handlers.talking import NotForRole, begin_about
from handlers.today import page_turn
from handlers.turn import Turn, pressed_number
from models.referral import ReferralKind

PAGE = 8
Work = Callable[[Turn, int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class RequestAccepted:
    """She has it now: she can open the one matter until that day."""

    code: str
    kind: ReferralKind
    until: date


@dataclass(frozen=True, slots=True)
class RequestTakenBack:
    """The request is taken back; who was asked is told."""

    code: str


@dataclass(frozen=True, slots=True)
class AskedList:
    """The open requests to her, page by page."""

    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class NothingIsAsked:
    """No request to her is open."""


async def ref_pressed(turn: Turn, args: Sequence[str]) -> None:
    """A button `ref:<look, accept, drop, decline or report>:<request>`."""
    what, number = args[0] if args else "", pressed_number(args, 1)
    if number is None or (what not in _FLOWS and what not in _AT_ONCE):
        turn.toast("no_such_button")
        return
    request = number
    if what in _AT_ONCE:
        try:
            async with turn.scene.session.begin_nested():
                await _AT_ONCE[what](turn, request)
        except RefusedError as refused:
            turn.refuse(refused.reason)
        return

    async def go() -> None:
        turn.press_answered_apart()  # what was looked at leaves the chat by itself
        await begin_about(turn, FLOWS[_FLOWS[what]], request)

    await unless_busy(turn, f"ref:{what}:{request}", go)


async def _look(turn: Turn, referral_id: int) -> None:
    scene = turn.scene
    looked = await look_at_request(
        scene.session, actor=scene.actor, referral_id=referral_id, now=scene.now, policy=scene.policy
    )
    card = await card_of_request(scene, looked)
    turn.show_secret(card.view, turn.rows(card.buttons))


async def _accept(turn: Turn, referral_id: int) -> None:
    scene = turn.scene
    referral, subject = await accept_request(
        scene.session, actor=scene.actor, referral_id=referral_id, now=scene.now, policy=scene.policy
    )
    view = RequestAccepted(subject.code, referral.kind, scene.policy.today(referral.until))
    turn.say(view, turn.rows(working_buttons(referral)))


async def _drop(turn: Turn, referral_id: int) -> None:
    scene = turn.scene
    referral, subject = await take_back_request(
        scene.session, actor=scene.actor, referral_id=referral_id, now=scene.now, policy=scene.policy
    )
    turn.say(RequestTakenBack(subject.code), turn.rows(opens(matter_of(referral))))


async def asked(turn: Turn, _rest: str) -> None:
    """The first page of the open requests to her, as a new message."""
    turn.press_answered_apart()
    await _page(turn, 0)


async def asked_pressed(turn: Turn, args: Sequence[str]) -> None:
    """The press that opens the list ("new"), or turns to another page of it."""
    if args[:1] == ["new"]:
        await asked(turn, "")
    else:
        await _page(turn, pressed_number(args) or 0)


async def _page(turn: Turn, page: int) -> None:
    scene = turn.scene
    if not turn.actor.has_role(ASKED_FOR_HELP):
        turn.show(NotForRole())
        return
    rows, total = await requests_to(scene.session, actor=scene.actor, now=scene.now, offset=page * PAGE, limit=PAGE)
    if not rows and page > 0:
        await _page(turn, 0)
    elif not rows:
        turn.show(NothingIsAsked())
    else:
        buttons = tuple(
            (Button(request_line(one, subject, turn.locale), f"ref:look:{one.id}"),) for one, subject in rows
        )
        pages = -(-total // PAGE)
        turn.show(AskedList(total, page + 1, pages), (*buttons, *page_turn(turn, "asked", page, pages)))


_AT_ONCE: dict[str, Work] = {"look": _look, "accept": _accept, "drop": _drop}
_FLOWS = {"decline": "refdecline", "report": "refreport"}
