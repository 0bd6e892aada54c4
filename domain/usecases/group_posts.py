"""What the bot says in a council's group: one message per subject, rewritten as the subject changes (spec 5).

Use-cases only say that a subject has changed, in the transaction that changes it. `scheduler/group_posts.py` shows
it, at the pace that Telegram allows in a group, and always as it is at that moment.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table, Update, case, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession

from domain.channel import Button
from domain.usecases.outbox import insert_ignoring
from models.council import GroupPost, PostKind

_POST: Table = GroupPost.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class GroupView:
    """A subject as its group's message shows it now: the view, its language, its buttons. No name of a voter."""

    view: object
    locale: str
    buttons: tuple[tuple[Button, ...], ...] = ()


async def show_in_group(
    session: AsyncSession, council_id: int, kind: PostKind, subject_id: int, *, now: datetime, urgent: bool = False
) -> None:
    """Have the group's message about a subject show it as it is; the first time it is sent.

    `urgent` goes before the turnout of others: a new ballot, a result. A council without a group is no fault: what
    is still going on is shown when one is bound (spec 5).
    """
    change = _wanted_again(council_id, kind, subject_id, now, urgent=urgent)
    if await _changed(session, change):
        return
    row = {
        "council_id": council_id,
        "kind": kind,
        "subject_id": subject_id,
        "wanted": 1,
        "shown": 0,
        "wanted_at": now,
        "urgent": urgent,
    }
    if not await _changed(session, insert_ignoring(session, GroupPost).values(row)):
        await _changed(session, change)  # somebody else was first


async def send_again(session: AsyncSession, council_id: int, kind: PostKind, subject_id: int, *, now: datetime) -> None:
    """Have it sent as a new message, at the end of the chat; the one before is taken away (spec 5)."""
    await show_in_group(session, council_id, kind, subject_id, now=now, urgent=True)
    change = _this(council_id, kind, subject_id).where(_POST.c.message_id.is_not(None))
    await session.execute(change.values(replaces=_POST.c.message_id, message_id=None, chat_id=None))


def _this(council_id: int, kind: PostKind, subject_id: int) -> Update:
    return update(_POST).where(_POST.c.council_id == council_id, _POST.c.kind == kind, _POST.c.subject_id == subject_id)


def _wanted_again(council_id: int, kind: PostKind, subject_id: int, now: datetime, *, urgent: bool) -> Update:
    waits = _POST.c.shown < _POST.c.wanted
    return _this(council_id, kind, subject_id).values(
        wanted=_POST.c.wanted + 1,
        wanted_at=case((waits, _POST.c.wanted_at), else_=now),
        urgent=_POST.c.urgent if not urgent else True,
    )


async def _changed(session: AsyncSession, statement: object) -> bool:
    result = await session.execute(statement)  # type: ignore[call-overload]
    return isinstance(result, CursorResult) and bool(result.rowcount)
