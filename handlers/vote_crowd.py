"""Votes that arrive together from a group: cast in one trip, each answered as if it had come alone.

Two hundred who press in the same moment would otherwise wait for each other: a vote alone takes ten trips to the
database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor
from domain.channel import PressAnswer
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.ballot_casting import Cast
from domain.usecases.ballot_crowds import cast_together
from handlers.ballot_paper import pressed_choice
from handlers.origin import origin
from handlers.turn import pressed_number
from handlers.votes import word_for
from messages.render import label
from models.ballot import BallotChoice

FEWEST = 3  # fewer are as quick one by one


@dataclass(frozen=True, slots=True)
class GroupVote:
    """A vote that was pressed in a group."""

    seq: int
    actor: Actor
    callback_id: str
    ballot_id: int
    choice: BallotChoice


def first_votes(waiting: Sequence[tuple[int, Mapping[str, Any]]], actors: Mapping[int, Actor]) -> list[GroupVote]:
    """The votes among these updates (number, raw) that may go ahead: of each person what she did first of all."""
    seen: set[int] = set()
    votes = []
    for seq, raw in waiting:
        user_id = origin(raw).user_id
        vote = None if user_id in seen else _vote(seq, raw, actors.get(user_id))
        seen.add(user_id)
        if vote is not None:
            votes.append(vote)
    return votes


def _vote(seq: int, raw: Mapping[str, Any], actor: Actor | None) -> GroupVote | None:
    query = raw.get("callback_query")
    if not isinstance(query, dict) or actor is None or not actor.posts or actor.frozen or not origin(raw).group:
        return None
    prefix, *args = str(query.get("data")).split(":")
    number, choice = pressed_number(args, 1), pressed_choice(args[1:])
    if (prefix, args[:1]) != ("vote", ["cast"]) or len(args) != 3 or number is None or choice is None:
        return None
    return GroupVote(seq, actor, str(query["id"]), number, choice)


async def cast_votes(
    session: AsyncSession, votes: Sequence[GroupVote], *, now: datetime, policy: Policy
) -> dict[int, PressAnswer]:
    """Cast those that can be cast together; the answer to each, by the number of its update. The others are left."""
    answers: dict[int, PressAnswer] = {}
    for ballot_id in sorted({vote.ballot_id for vote in votes}):
        these = [vote for vote in votes if vote.ballot_id == ballot_id]
        if len(these) < FEWEST:
            continue
        choices = {vote.actor.member_id: vote.choice for vote in these}
        try:
            async with session.begin_nested():
                casts = await cast_together(session, ballot_id=ballot_id, choices=choices, now=now, policy=policy)
        except RefusedError:
            continue  # each hears for herself why
        for vote in these:
            cast = casts.get(vote.actor.member_id)
            if cast is not None:
                answers[vote.seq] = _answer(vote, cast)
    return answers


def _answer(vote: GroupVote, cast: Cast | Reason) -> PressAnswer:
    if isinstance(cast, Reason):
        return PressAnswer(vote.callback_id, label(cast, vote.actor.locale), True)
    return PressAnswer(vote.callback_id, label(word_for(cast, vote.choice), vote.actor.locale, "toast"), cast.secret)
