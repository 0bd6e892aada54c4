"""The chair's side of a ballot, in her private chat: who is still missing, and what she may do about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.usecases.ballot_closing import close_ballot
from domain.usecases.ballot_counting import places_of
from domain.usecases.ballot_reading import has_group
from domain.usecases.ballots import BallotSight, led_ballot
from domain.usecases.group_posts import send_again
from handlers.ballot_card import ballot_card, is_running
from handlers.ballot_paper import put_paper
from handlers.flow import Rows
from handlers.today import page_turn
from handlers.turn import Turn, pressed_number
from messages.render import render
from models.council import PostKind

PAGE = 40


@dataclass(frozen=True, slots=True)
class BallotBoard:
    """Below the card: who has not voted and whose vote can still come; `unable` have lost their seats.

    The vote of `frozen` of them can come on paper alone; until then, or the deadline, the vote stays open.
    """

    names: tuple[str, ...]
    total: int
    frozen: int
    unable: int
    running: bool
    grouped: bool
    page: int
    pages: int
    minutes: int


async def show_board(turn: Turn, args: Sequence[str]) -> None:
    """The press `vote:board:<ballot>[:<page>]`: names are on it, so it leaves the chat after a while.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY.
    """
    scene = turn.scene
    seen = await led_ballot(scene.session, scene.actor, pressed_number(args) or 0)
    running = is_running(seen.ballot, scene.now)
    places = [place for place in await places_of(scene.session, seen.ballot, scene.today) if not place.voted]
    seated = [place for place in places if place.seated]
    missing = [place.name for place in seated]
    pages = max(1, -(-len(missing) // PAGE))
    page = min(pressed_number(args, 1) or 0, pages - 1)
    board = BallotBoard(
        names=tuple(missing[page * PAGE : (page + 1) * PAGE]),
        total=len(missing),
        frozen=sum(place.frozen for place in seated),
        unable=len(places) - len(missing),
        running=running,
        grouped=await has_group(scene.session, seen.council.id),
        page=page + 1,
        pages=pages,
        minutes=scene.policy.details_minutes,
    )
    card = await ballot_card(scene.session, seen.ballot, seen.item, now=scene.now, policy=scene.policy)
    text = "\n\n".join((render(card, turn.locale), render(board, turn.locale)))
    turning = page_turn(turn, f"vote:board:{seen.ballot.id}", page, pages)
    turn.show_secret_text(text, (*turning, *_buttons(turn, seen, board)))


async def close_pressed(turn: Turn, args: Sequence[str]) -> None:
    """The press `vote:close:<ballot>`. Raises RefusedError: NOT_YOURS, CHAIR_ONLY, BALLOT_OVER, SOMEBODY_CAN_VOTE."""
    scene, number = turn.scene, pressed_number(args) or 0
    await close_ballot(scene.session, actor=scene.actor, ballot_id=number, now=scene.now, policy=scene.policy)
    turn.toast("ballot_closed")
    turn.press_answered_apart()
    await put_paper(turn, number)


async def repost_pressed(turn: Turn, args: Sequence[str]) -> None:
    """The press `vote:repost:<ballot>`: the group's message once more, as the newest of the chat.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY.
    """
    scene = turn.scene
    seen = await led_ballot(scene.session, scene.actor, pressed_number(args) or 0)
    if not await has_group(scene.session, seen.council.id):
        turn.toast("no_group_bound", alert=True)
        return
    await send_again(scene.session, seen.council.id, PostKind.BALLOT, seen.ballot.id, now=scene.now)
    turn.toast("ballot_reposted")


def _buttons(turn: Turn, seen: BallotSight, board: BallotBoard) -> Rows:
    """What the state of the ballot allows."""
    number, secret = seen.ballot.id, seen.ballot.secret
    rows: list[list[tuple[str, str]]] = []
    if board.running:
        if not board.total:
            rows.append([("close_ballot", f"vote:close:{number}")])
        entering = "put_papers" if secret else "enter_vote"
        rows.append([(entering, f"vote:{'papers' if secret else 'enter'}:{number}")])
        rows.append([("extend_ballot", f"vote:extend:{number}"), ("cancel_ballot", f"vote:cancel:{number}")])
    row = [] if secret else [("ballot_lines", f"vote:lines:{number}")]
    if board.grouped:
        row.append(("repost_ballot", f"vote:repost:{number}"))
    rows += [row] if row else []
    rows.append([("open_paper", f"vote:paper:{number}")])
    return turn.rows(rows)
