"""Beginning, answering and ending conversations: the engine's results become rows and replies."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from domain.refusals import Reason, RefusedError
from handlers.book import Talk, fresh_rev
from handlers.engine import Ask, Cancel, Finish, Keep, Refuse, Result, State, advance, effective_answers, migrate, start
from handlers.flow import Flow, Refresh
from handlers.inputs import Input
from handlers.last_words import kept_words, show_and_keep, words_anew
from handlers.looking_up import looked_up
from handlers.present import Presenter, Refused
from handlers.questions import Answers, Choice, Pick
from handlers.renewing import FlowRenewing, is_newer
from handlers.turn import Turn

_SPACE = UUID("6f0f3a52-6a3c-5f55-9a77-1d1c8c9b7f10")


@dataclass(frozen=True, slots=True)
class FlowCancelled:
    """It was dropped, as she wished."""


@dataclass(frozen=True, slots=True)
class FlowKept:
    """It waits as a draft."""

    hours: int


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """What it is about is no longer hers to see: it waits as a draft, and nothing of it is shown."""

    hours: int


@dataclass(frozen=True, slots=True)
class FlowChanged:
    """The program was renewed meanwhile: the answers are kept, some questions may be asked again."""


@dataclass(frozen=True, slots=True)
class FlowGone:
    """The conversation has ended: the pressed button is an old one, or the program no longer knows such a form."""


@dataclass(frozen=True, slots=True)
class NotForRole:
    """Her posts do not include this work (any more)."""


async def begin(
    turn: Turn,
    flow: Flow,
    answers: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    partial: Any = None,
) -> None:
    """Begin `flow` with what is known already. The caller has made sure that nothing else is going on."""
    if not turn.actor.has_role(flow.roles):
        turn.show(NotForRole())
        return
    now = turn.scene.now
    state = start(flow, fresh_rev(now), answers, facts, partial).state
    talk = Talk(
        id=str(uuid5(_SPACE, f"{turn.chat_id}:{turn.user_id}:{turn.update_id}:{flow.name}")),
        chat_id=turn.chat_id,
        user_id=turn.user_id,
        state=state,
        active=True,
        started_at=now,
        updated_at=now,
        expires_at=now + timedelta(hours=turn.scene.policy.draft_hours),
    )
    turn.book.put(talk)
    # The message with the button stays when what is said in a hushed conversation leaves the chat.
    await _put_question(turn, flow, talk, new=turn.press is None or flow.hush)


async def begin_about(turn: Turn, flow: Flow, record: int, answers: Mapping[str, str] | None = None) -> None:
    """Begin `flow`, whose first step picks a record, with that record picked; say why when it cannot be.

    `answers` are given with the button: one that is not on offer any more is an old button's.
    """
    first = flow.steps[0]
    if not isinstance(first.answer, Pick):
        raise TypeError(f"{flow.name} does not begin with a record")
    try:
        facts = await first.answer.resolve(turn.scene, record, {}, {})
    except RefusedError as refused:
        turn.refuse(refused.reason)
        return
    known = {first.key: record, **(answers or {})}
    if _on_offer(flow, known, facts):
        await begin(turn, flow, known, facts)
    else:
        turn.refuse(Reason.STEP_PASSED)


def _on_offer(flow: Flow, answers: Answers, facts: Mapping[str, Any]) -> bool:
    chosen = [(step.answer, answers[step.key]) for step in flow.steps if step.key in answers]
    return all(
        value in {str(option.value) for option in question.offered(answers, facts)}
        for question, value in chosen
        if isinstance(question, Choice)
    )


def hear_in_confidence(turn: Turn) -> None:
    """What she has just sent leaves the chat with the hushed conversation that is going on, if one is."""
    if turn.message_id is not None:
        turn.book.hear(turn.chat_id, turn.user_id, turn.message_id, turn.scene.now)


async def answer(turn: Turn, flow: Flow, talk: Talk, given: Input) -> None:
    """Take `given` as the answer to the present question of `talk`."""
    hear_in_confidence(turn)
    if not turn.actor.has_role(flow.roles):
        _set_aside(turn, flow, talk, NotForRole())
        return
    if migrate(flow, talk.state) is not None:
        await _put_question(turn, flow, talk, new=True)
        return
    resolved = await looked_up(turn.scene, flow, talk.state, given)
    result = resolved if isinstance(resolved, Refuse) else advance(flow, talk.state, resolved, turn.scene.today)
    await _apply(turn, flow, talk, result)


async def _apply(turn: Turn, flow: Flow, talk: Talk, result: Result) -> None:
    if isinstance(result, Ask | Finish):
        turn.book.steps.append(flow.name)
    match result:
        case Ask(state, late):
            await _put_question(turn, flow, _store(turn, talk, state), new=turn.press is None, late=late)
        case Refuse(_, reason):
            await _put_question(turn, flow, talk, new=True, refusal=Refused(reason))
        case Keep():
            turn.book.keep(replace(talk, updated_at=turn.scene.now, expires_at=_expiry(turn)))
            _leave_cards(turn, flow)
            turn.show(FlowKept(turn.scene.policy.draft_hours), turn.rows([[("open_drafts", "drafts:0")]]))
        case Cancel():
            turn.book.drop(talk)
            _leave_cards(turn, flow)
            turn.show(FlowCancelled())
        case Finish(state):
            await _finish(turn, flow, talk, state)


async def _finish(turn: Turn, flow: Flow, talk: Talk, state: State) -> None:
    answers, ending = effective_answers(flow, state), ending_of(turn, flow, str(state.rev))
    turn.book.drop(talk)
    try:
        async with turn.scene.session.begin_nested():
            finished = await flow.finish(turn.scene, answers, state.facts, ending)
    except RefusedError as refused:
        # Nothing is lost: the summary stays, with the reason above it.
        turn.book.put(talk)
        if refused.reason is Reason.CHANGED_MEANWHILE and flow.refresh is not None:
            talk = await _refreshed(turn, flow.refresh, talk, answers)
        await _put_question(turn, flow, talk, new=True, refusal=Refused(refused.reason, refused.latest))
        return
    _leave_cards(turn, flow)
    await show_and_keep(turn, flow, finished, ending)


def _leave_cards(turn: Turn, flow: Flow) -> None:
    """The cards of a hushed conversation leave the chat: what is said at its end must not stand in one of them."""
    if flow.hush:
        turn.press_answered_apart()


def _set_aside(turn: Turn, flow: Flow, talk: Talk, view: object) -> None:
    """Keep `talk` as a draft that she cannot go on with now, and say why."""
    turn.book.keep(talk)
    _leave_cards(turn, flow)
    turn.show(view)


async def _refreshed(turn: Turn, refresh: Refresh, talk: Talk, answers: Answers) -> Talk:
    """The conversation with the record as it is now; as it was, when the record can no longer be seen."""
    with contextlib.suppress(RefusedError):
        facts = await refresh(turn.scene, answers)
        return _store(turn, talk, replace(talk.state, facts={**talk.state.facts, **facts}, rev=talk.state.rev + 1))
    return talk


def ending_of(turn: Turn, flow: Flow, rev: str) -> str:
    """The name of a conversation's end, known to its own last button and to nobody else's."""
    return str(uuid5(_SPACE, f"{turn.chat_id}:{turn.user_id}:{flow.name}:{rev}"))


async def show_receipt(turn: Turn, flow: Flow, rev: str) -> bool:
    """Show once more what the conversation that ended at `rev` has saved; False when it saved nothing."""
    ending = ending_of(turn, flow, rev)
    words = await (kept_words(turn, flow, ending) if flow.receipt is None else words_anew(turn, flow.receipt, ending))
    if words is None:
        return False
    _leave_cards(turn, flow)
    turn.show_text(*words)
    return True


def _store(turn: Turn, talk: Talk, state: State) -> Talk:
    stored = replace(talk, state=state, updated_at=turn.scene.now, expires_at=_expiry(turn))
    turn.book.put(stored)
    return stored


def _expiry(turn: Turn) -> datetime:
    return turn.scene.now + timedelta(hours=turn.scene.policy.draft_hours)


async def ask_again(turn: Turn, flow: Flow, talk: Talk, *, new: bool = True) -> None:
    """Put the present question of `talk` once more: below everything else, or in place of the pressed one."""
    await _put_question(turn, flow, talk, new=new)


async def in_reach(turn: Turn, flow: Flow, state: State) -> bool:
    """Whether what a conversation is about is (still) hers to see."""
    return flow.in_reach is None or await flow.in_reach(turn.scene, state.answers)


async def _put_question(
    turn: Turn, flow: Flow, talk: Talk, *, new: bool, refusal: Refused | None = None, late: bool = False
) -> None:
    if not turn.actor.has_role(flow.roles):
        _set_aside(turn, flow, talk, NotForRole())
        return
    if not await in_reach(turn, flow, talk.state):
        _set_aside(turn, flow, talk, OutOfReach(turn.scene.policy.draft_hours))
        return
    if is_newer(flow, talk, turn.scene.now):
        turn.say(FlowRenewing())
        return
    renewed = migrate(flow, talk.state)
    if renewed is not None:
        turn.say(FlowChanged())
        talk, new = _store(turn, talk, renewed), True
    text, rows = await Presenter(turn.scene, flow, talk.state).message(refusal, late=late)
    turn.put_card(text, rows, new=new, hush=flow.name if flow.hush else None)
