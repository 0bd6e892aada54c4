"""The lists of disputes (纠纷调解): hers by urgency; apart from them what she follows or registered, what is over."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from domain.channel import Button
from domain.dispute_access import MAY_BE_INVITED, REGISTERS_DISPUTES
from domain.rules.search_text import normalise_query
from domain.usecases.dispute_boards import heads_any
from domain.usecases.dispute_lists import CaseList, CaseStanding, ListedCase, cases_of, cases_with_code, how_many
from handlers.flow import Rows
from handlers.shortened import short_name
from handlers.talking import NotForRole
from handlers.today import page_turn
from handlers.turn import Turn, pressed_number
from messages.render import label

PAGE = 8
SEES_DISPUTES = REGISTERS_DISPUTES | MAY_BE_INVITED
_CODE = re.compile(r"D\d{6}-[0-9A-Z]{4}")


@dataclass(frozen=True, slots=True)
class DisputeList:
    """One of her lists; each line opens its card."""

    which: CaseList
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class DisputesFound:
    """What has this code."""

    query: str
    total: int


@dataclass(frozen=True, slots=True)
class NoDisputes:
    """There is nothing on this list, or nothing with this code."""

    which: CaseList
    query: str


def dispute_code(text: str) -> str:
    """The code of a dispute, when `text` is one and nothing else; otherwise nothing."""
    code = normalise_query(text).upper()
    return code if _CODE.fullmatch(code) else ""


async def disputes(turn: Turn, rest: str) -> None:
    """The first page of the list, as a new message; what follows the command is (a part of) a code."""
    turn.press_answered_apart()
    query = normalise_query(rest).upper()[:16]
    if not turn.actor.has_role(SEES_DISPUTES):
        turn.show(NotForRole())
    elif query:
        await _found(turn, query)
    else:
        await _page(turn, CaseList.MINE, 0)


async def disputes_pressed(turn: Turn, args: Sequence[str]) -> None:
    """A button `disps:new`, or `disps:<list>:<page>`."""
    if args[:1] == ["new"]:
        await disputes(turn, "")
        return
    known = {which.value: which for which in CaseList}
    which = known.get(args[0]) if args else None
    if which is None:
        turn.toast("no_such_button")
    elif not turn.actor.has_role(SEES_DISPUTES):
        turn.show(NotForRole())
    else:
        await _page(turn, which, pressed_number(args, 1) or 0)


async def _found(turn: Turn, query: str) -> None:
    scene = turn.scene
    rows, total = await cases_with_code(
        scene.session, actor=scene.actor, query=query, today=scene.today, ladder=scene.policy.ladder, limit=PAGE
    )
    if rows:
        turn.show(DisputesFound(query, total), case_rows(rows, scene.today, turn.locale))
    else:
        turn.show(NoDisputes(CaseList.MINE, query))


async def _page(turn: Turn, which: CaseList, page: int) -> None:
    scene = turn.scene
    ladder = scene.policy.ladder
    rows = await cases_of(
        scene.session,
        actor=scene.actor,
        which=which,
        today=scene.today,
        ladder=ladder,
        offset=page * PAGE,
        limit=PAGE,
    )
    if not rows and page > 0:
        await _page(turn, which, 0)
        return
    counts = await how_many(scene.session, actor=scene.actor, today=scene.today, ladder=ladder)
    others = _other_lists(turn, which, counts)
    if not rows:
        turn.show(NoDisputes(which, ""), others)
        return
    total = counts[which]
    pages = -(-total // PAGE)
    turning = page_turn(turn, f"disps:{which.value}", page, pages)
    turn.show(
        DisputeList(which, total, page + 1, pages),
        (*case_rows(rows, scene.today, turn.locale), *turning, *others),
    )


def _other_lists(turn: Turn, shown: CaseList, counts: Mapping[CaseList, int]) -> Rows:
    """The way to her other lists, with how many are on each; to the board, for heads; to a new case."""
    scene = turn.scene
    lists = [
        Button(f"{label(f'cases_{which.value}', turn.locale)} {counts[which]}", f"disps:{which.value}:0")
        for which in CaseList
        if which is not shown and counts[which]
    ]
    rows = [tuple(lists[place : place + 2]) for place in range(0, len(lists), 2)]
    more = [("open_board", "dboard:all")] if heads_any(scene.actor, scene.policy.ladder) else []
    if scene.actor.has_role(REGISTERS_DISPUTES):
        more.append(("register_dispute", "menu:dispute"))
    return (*rows, *turn.rows([more] if more else []))


def case_rows(rows: Sequence[ListedCase], today: date, locale: str) -> Rows:
    """A button for each dispute."""
    return tuple((Button(case_line(row, today, locale), f"disp:show:{row.dispute.id}"),) for row in rows)


def case_line(row: ListedCase, today: date, locale: str) -> str:
    """A dispute on one line: its colour, its code, why it is there or since when; nothing of what it is about."""
    dispute = row.dispute
    why = label(row.standing.value, locale, "case_standing")
    if row.standing is CaseStanding.OVERDUE and dispute.next_on is not None:
        why = why.format(days=(today - dispute.next_on).days)
    elif row.standing is CaseStanding.OVER:
        why = label(dispute.state, locale)
    elif dispute.next_on is not None and row.standing is not CaseStanding.TODAY:
        why = f"{why} · {dispute.next_on:%m-%d}"
    whose = f" · {short_name(row.owner)}" if row.standing in _WITH_OWNER and row.owner else ""
    return f"{label(dispute.colour.value, locale, 'colour_mark')} {dispute.code} · {why}{whose}"


_WITH_OWNER = frozenset({CaseStanding.RUNG, CaseStanding.HEADED})
