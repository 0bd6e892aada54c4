"""A ballot in somebody's private chat: the card of it, her own vote, and what she may do with it now."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.channel import Button
from domain.usecases.ballot_casting import elector_for
from domain.usecases.ballot_reading import HerVote, OwnVote, own_vote
from domain.usecases.ballots import BallotSight, ballot_for
from handlers.ballot_card import ballot_card, is_running
from handlers.flow import Rows
from handlers.turn import Turn, pressed_number
from messages.render import label, render
from models.ballot import BallotChoice, VoteWay

# What stands before the choice on a button.
MARKS = {BallotChoice.FAVOUR: "👍", BallotChoice.AGAINST: "👎", BallotChoice.ABSTAIN: "⚪"}


@dataclass(frozen=True, slots=True)
class BallotPaper:
    """Below the card: her own vote. `choice` and `way` are those of an open ballot; nobody knows a secret one's."""

    how: HerVote
    secret: bool
    running: bool
    choice: BallotChoice | None
    way: VoteWay | None


@dataclass(frozen=True, slots=True)
class SureOfSecretVote:
    """Is she sure? A vote of a secret ballot cannot be changed."""

    title: str
    code: str
    choice: BallotChoice


async def show_paper(turn: Turn, args: Sequence[str]) -> None:
    """The press `vote:paper:<ballot>`: the ballot as a new message. Raises RefusedError(NOT_YOURS)."""
    turn.press_answered_apart()
    await put_paper(turn, pressed_number(args) or 0)


async def show_own(turn: Turn, args: Sequence[str]) -> None:
    """The press `vote:mine:<ballot>` in the group: whether she has voted, for her eyes; more of it in her private chat.

    Raises RefusedError(NOT_YOURS).
    """
    scene = turn.scene
    seen = await ballot_for(scene.session, scene.actor, pressed_number(args) or 0)
    own = await own_vote(scene.session, seen, running=is_running(seen.ballot, scene.now), today=scene.today)
    turn.toast(f"own_{own.how.value}", alert=True)
    await show_paper(turn, args)


async def look_at_paper(turn: Turn, args: Sequence[str]) -> None:
    """The press `vote:look:<ballot>`: the same, in place of the message. Raises RefusedError(NOT_YOURS)."""
    await put_paper(turn, pressed_number(args) or 0)


async def put_paper(turn: Turn, ballot_id: int) -> None:
    """The ballot for its reader. Raises RefusedError(NOT_YOURS)."""
    scene = turn.scene
    seen = await ballot_for(scene.session, scene.actor, ballot_id)
    running = is_running(seen.ballot, scene.now)
    own = await own_vote(scene.session, seen, running=running, today=scene.today)
    card = await ballot_card(scene.session, seen.ballot, seen.item, now=scene.now, policy=scene.policy)
    paper = BallotPaper(own.how, seen.ballot.secret, running, own.choice, own.way)
    text = "\n\n".join((render(card, turn.locale), render(paper, turn.locale)))
    turn.show_text(text, (*_voting(seen, own, turn.locale, running=running), *_more(seen, turn)))


async def ask_whether_sure(turn: Turn, args: Sequence[str]) -> None:
    """The press `vote:sure:<ballot>:<choice>`: a secret vote is final, so she is asked once more.

    Raises RefusedError: NOT_YOURS, NOT_ELECTOR, SEAT_LOST.
    """
    scene, choice = turn.scene, pressed_choice(args)
    if choice is None:
        turn.toast("no_such_button")
        return
    seen = await ballot_for(scene.session, scene.actor, pressed_number(args) or 0)
    number = seen.ballot.id
    await elector_for(scene.session, number, scene.actor.member_id, scene.today)
    cast = Button(f"{MARKS[choice]} {label(f'sure_{choice.value}', turn.locale)}", f"vote:cast:{number}:{sign(choice)}")
    turn.show(
        SureOfSecretVote(seen.item.title, seen.item.code, choice),
        ((cast,), (turn.button("think_again", f"vote:look:{number}"),)),
    )


def pressed_choice(args: Sequence[str]) -> BallotChoice | None:
    """The choice that a button's data names; None for a forged one."""
    value = args[1] if len(args) > 1 else ""
    return next((choice for choice in BallotChoice if value in (sign(choice), choice.value)), None)


def sign(choice: BallotChoice) -> str:
    """A choice in a button's data: all of one length, so that the length of a press that is stored, even encrypted,
    tells nothing of it (docs/adr/0010).
    """
    return choice.value[:2]


def choice_row(ballot_id: int, locale: str, *, what: str = "cast", chosen: BallotChoice | None = None) -> Rows:
    """The three buttons `vote:<what>:…`; in private the present choice of an open ballot is marked."""
    buttons = (
        Button(
            f"{'✅' if choice is chosen else mark} {label(choice, locale)}", f"vote:{what}:{ballot_id}:{sign(choice)}"
        )
        for choice, mark in MARKS.items()
    )
    return (tuple(buttons),)


def _voting(seen: BallotSight, own: OwnVote, locale: str, *, running: bool) -> Rows:
    """The three choices, as long as hers would be taken."""
    secret = seen.ballot.secret
    if not running or own.how not in ((HerVote.WANTED,) if secret else (HerVote.WANTED, HerVote.CAST)):
        return ()
    return choice_row(seen.ballot.id, locale, what="sure" if secret else "cast", chosen=own.choice)


def _more(seen: BallotSight, turn: Turn) -> Rows:
    number = seen.ballot.id
    row = [("ballot_lines", f"vote:lines:{number}")] if seen.reads_lines and not seen.ballot.secret else []
    if seen.sight.leads:
        row.append(("ballot_board", f"vote:board:{number}"))
    return turn.rows([line for line in (row, [("open_item", f"item:show:{seen.item.id}")]) if line])
