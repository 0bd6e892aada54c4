"""Frozen accounts as their administrators see them: the list, one of them, and giving it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.channel import Button
from domain.refusals import RefusedError
from domain.usecases.freezing import GIVES_BACK, FrozenAccount, frozen_account, frozen_accounts, give_back
from handlers.shortened import short_name
from handlers.talking import NotForRole
from handlers.today import page_turn
from handlers.turn import Turn, pressed_number
from models.freeze import FreezeReason

PAGE = 8


@dataclass(frozen=True, slots=True)
class FrozenLook:
    """A frozen account: whose, by whom, why, and whether it was given back."""

    name: str
    frozen_by: str
    reason: FreezeReason
    frozen_at: datetime
    given_back: bool
    sure: bool  # she has pressed "give back" and is asked whether she spoke to the owner


@dataclass(frozen=True, slots=True)
class FrozenList:
    """The frozen accounts, page by page; each opens."""

    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class NobodyFrozen:
    """No account is frozen."""


async def frozen_pressed(turn: Turn, args: Sequence[str]) -> None:
    """A button `frozen:<look, back, sure or page>:<freeze or page>`."""
    what, number = args[0] if args else "", pressed_number(args, 1)
    if number is None or what not in ("look", "back", "sure", "page"):
        turn.toast("no_such_button")
        return
    if what == "page":
        await _page(turn, number)
        return
    scene = turn.scene
    try:
        async with scene.session.begin_nested():
            if what == "sure":
                found = await give_back(
                    scene.session, actor=scene.actor, freeze_id=number, now=scene.now, policy=scene.policy
                )
            else:
                found = await frozen_account(scene.session, actor=scene.actor, freeze_id=number)
    except RefusedError as refused:
        turn.refuse(refused.reason)
        return
    if what == "look":
        turn.press_answered_apart()  # the notice stays as it came
    _show(turn, found, sure=what == "back")


def _show(turn: Turn, found: FrozenAccount, *, sure: bool) -> None:
    freeze = found.freeze
    given_back = freeze.lifted_at is not None
    look = FrozenLook(
        name=found.name,
        frozen_by=found.frozen_by,
        reason=freeze.reason,
        frozen_at=freeze.frozen_at.astimezone(turn.scene.policy.zone),
        given_back=given_back,
        sure=sure,
    )
    key, what = ("give_back_sure", "sure") if sure else ("give_back", "back")
    turn.show(look, () if given_back else turn.rows([[(key, f"frozen:{what}:{freeze.id}")]]))


async def frozen(turn: Turn, _rest: str) -> None:
    """The first page of the frozen accounts, as a new message."""
    turn.press_answered_apart()
    await _page(turn, 0)


async def _page(turn: Turn, page: int) -> None:
    if not turn.actor.has_role(GIVES_BACK):
        turn.show(NotForRole())
        return
    rows, total = await frozen_accounts(turn.scene.session, actor=turn.actor, offset=page * PAGE, limit=PAGE)
    if not rows and page > 0:
        await _page(turn, 0)
    elif not rows:
        turn.show(NobodyFrozen())
    else:
        buttons = tuple((Button(short_name(row.name), f"frozen:look:{row.freeze.id}"),) for row in rows)
        pages = -(-total // PAGE)
        turn.show(FrozenList(total, page + 1, pages), (*buttons, *page_turn(turn, "frozen:page", page, pages)))
