"""Beginning something while a conversation is going on: leave or go on? Answers are never dropped in silence."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from handlers.book import Talk
from handlers.conversations import FLOWS
from handlers.flow import Control, Flow
from handlers.renewing import FlowRenewing, is_newer
from handlers.shortened import short_name
from handlers.talking import FlowGone, ask_again, in_reach
from handlers.turn import Turn
from messages.render import label


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Something is unfinished: go on, keep it for later, or drop it? Without a title only a newer version knows it."""

    title: str


def end_unknown(turn: Turn, talks: Sequence[Talk]) -> bool:
    """End those of `talks` whose flow a deploy has removed, with a word; whether there were any.

    One that only a newer version knows stays as it is, with another word.
    """
    unknown = [talk for talk in talks if talk.state.flow not in FLOWS]
    newer = [talk for talk in unknown if is_newer(None, talk, turn.scene.now)]
    if newer:
        turn.say(FlowRenewing())
    for talk in unknown:
        if talk not in newer:
            turn.book.drop(talk)
    if len(unknown) > len(newer):
        turn.say(FlowGone())
    return bool(unknown)


def _saves(talk: Talk) -> bool:
    """Whether leaving `talk` would lose what she has told; so it is taken of one that only a newer version knows."""
    return talk.state.flow not in FLOWS or FLOWS[talk.state.flow].saves


async def unless_busy(turn: Turn, target: str, begin: Callable[[], Awaitable[None]]) -> None:
    """Do `begin`, or, when a conversation is going on, ask first; `target` is the button data that does it later.

    One that only a newer version knows is left like any other, so that it never keeps her from her work.
    """
    talk = turn.book.active(turn.chat_id, turn.user_id)
    if talk is not None and not _saves(talk):
        turn.book.drop(talk)  # looking something up leaves nothing behind
        talk = None
    if talk is None:
        await begin()
    else:
        await ask_to_leave(turn, talk, target)


async def ask_open_question(turn: Turn) -> None:
    """Put the question of the form that she is filling in below everything else; nothing when there is none.

    It may have been lost on its way: whoever saw a bare menu would think that her words were gone.
    """
    talk = turn.book.active(turn.chat_id, turn.user_id)
    if talk is not None and talk.state.flow in FLOWS and _saves(talk):
        await ask_again(turn, FLOWS[talk.state.flow], talk)


async def ask_to_leave(turn: Turn, talk: Talk, target: str) -> None:
    """Ask whether to go on with `talk`, to keep it or to drop it, and then to do what the button data `target` says."""
    state = talk.state
    buttons = turn.rows(
        [
            [("go_on", f"{state.flow}:{state.step}:{state.rev}:{Control.RESUME}")],
            [("keep_and_leave", f"leave:keep:{_mark(talk)}:{target}")],
            [("drop_and_leave", f"leave:drop:{_mark(talk)}:{target}")],
        ]
    )
    turn.say(Interrupted(await flow_title(turn, talk)), buttons)


async def at_once(turn: Turn, flow: Flow, target: str, begin: Callable[[], Awaitable[None]]) -> None:
    """Do `begin`, which begins `flow`, without a question: what is going on waits as a draft.

    She goes on with it when `begin` was declined. Only the same once more asks first, as everything else does.
    """
    talk = turn.book.active(turn.chat_id, turn.user_id)
    if talk is None or not _saves(talk) or talk.state.flow == flow.name:
        await unless_busy(turn, target, begin)
        return
    turn.book.keep(talk)
    await begin()
    if turn.book.active(turn.chat_id, turn.user_id) is None:
        turn.book.put(talk)
    else:
        turn.toast("draft_kept")


async def leave(turn: Turn, args: Sequence[str]) -> str | None:
    """Put the conversation aside or end it, as pressed; the button data of what she wanted to do, or None.

    An old button was about another conversation: it leaves the present one alone and shows where she is.
    """
    if len(args) < 3 or args[0] not in ("keep", "drop"):
        turn.toast("no_such_button")
        return None
    talk = turn.book.active(turn.chat_id, turn.user_id)
    if talk is not None and args[1] != _mark(talk):
        turn.toast("stale")
        if talk.state.flow in FLOWS:
            await ask_again(turn, FLOWS[talk.state.flow], talk)
        else:
            end_unknown(turn, [talk])
        return None
    if talk is not None and args[0] == "keep":
        turn.book.keep(talk)
    elif talk is not None:
        turn.book.drop(talk)
    return ":".join(args[2:])


def _mark(talk: Talk) -> str:
    """What tells a conversation from others, short enough to stand before any button's data."""
    return talk.id[:6]


async def flow_title(turn: Turn, talk: Talk) -> str:
    """What a conversation is about, in her language; its household only as long as she may see it.

    A list of drafts stays in the chat: of what is hushed it names no household. Of one that only a newer version knows
    it is not known here.
    """
    if talk.state.flow not in FLOWS:
        return ""
    title = label(talk.state.flow, turn.locale, "flow")
    about = talk.state.facts.get("household")
    if about and not FLOWS[talk.state.flow].hush and await in_reach(turn, FLOWS[talk.state.flow], talk.state):
        return f"{title} · {short_name(about)}"
    return title
