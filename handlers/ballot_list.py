"""What waits for her vote: the open ballots on whose lists she is, those she has not voted in first (/votes)."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.channel import Button
from domain.usecases.ballot_reading import waiting_ballots
from handlers.shortened import short_name
from handlers.today import page_turn
from handlers.turn import Turn, pressed_number
from messages.render import day_text

PAGE = 8


@dataclass(frozen=True, slots=True)
class WaitingVotes:
    """One page of them: so many wait for her, in so many of them she can still change her vote."""

    waiting: int
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class NoVotes:
    """No ballot is open on whose list she is."""


async def votes(turn: Turn, _rest: str) -> None:
    """The first page, as a new message."""
    turn.press_answered_apart()
    await _page(turn, 0)


async def list_pressed(turn: Turn, args: Sequence[str]) -> None:
    """The press `votes:<page>` (or `votes:new`)."""
    if args[:1] == ["new"]:
        await votes(turn, "")
    else:
        await _page(turn, pressed_number(args) or 0)


async def _page(turn: Turn, page: int) -> None:
    scene = turn.scene
    found = await waiting_ballots(scene.session, scene.actor.member_id, scene.now)
    if not found:
        turn.show(NoVotes())
        return
    pages = -(-len(found) // PAGE)
    page = min(page, pages - 1)
    rows = []
    for one in found[page * PAGE : (page + 1) * PAGE]:
        until = one.ballot.closes_at.astimezone(scene.policy.zone)
        text = f"{short_name(one.title)} · {day_text(until.date(), turn.locale)} {until:%H:%M}"
        rows.append((Button(f"{'✅' if one.voted else '🗳'} {text}", f"vote:paper:{one.ballot.id}"),))
    waiting = sum(not one.voted for one in found)
    view = WaitingVotes(waiting, len(found), page + 1, pages)
    turn.show(view, (*rows, *page_turn(turn, "votes", page, pages)))
