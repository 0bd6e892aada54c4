"""What the buttons of a ballot do, in its group and in private."""

from collections.abc import Sequence

from domain.usecases.ballot_casting import cast_vote
from handlers.ballot_board import close_pressed, repost_pressed, show_board
from handlers.ballot_lines import show_lines
from handlers.ballot_paper import ask_whether_sure, look_at_paper, pressed_choice, put_paper, show_own, show_paper
from handlers.record_presses import RecordPresses
from handlers.turn import Turn, pressed_number


async def cast_pressed(turn: Turn, args: Sequence[str]) -> None:
    """The press `vote:cast:<ballot>:<choice>`. In the group nobody else sees the answer; in private the paper shows it.

    The answer to a secret vote never repeats it: others may look at her telephone. Raises RefusedError as `cast_vote`.
    """
    scene, number, choice = turn.scene, pressed_number(args) or 0, pressed_choice(args)
    if choice is None:
        turn.toast("no_such_button")
        return
    cast = await cast_vote(
        scene.session, actor=scene.actor, ballot_id=number, choice=choice, now=scene.now, policy=scene.policy
    )
    if cast.secret:
        turn.toast("secret_vote_cast", alert=True)
    else:
        turn.toast(f"voted_{choice.value}" if cast.changed else f"voted_{choice.value}_before")
    if turn.group is None:
        await put_paper(turn, number)


votes_pressed = RecordPresses(
    "vote",
    at_once={
        "cast": cast_pressed,
        "sure": ask_whether_sure,
        "mine": show_own,
        "paper": show_paper,
        "look": look_at_paper,
        "board": show_board,
        "lines": show_lines,
        "close": close_pressed,
        "repost": repost_pressed,
    },
    begins={
        "extend": ("voteextend", {}),
        "cancel": ("votecancel", {}),
        "enter": ("votepaper", {}),
        "papers": ("votepapers", {}),
    },
)
