"""The list of leads (线索与预警): what rings, what is hers, what waits for her; most urgent first (spec 3)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.access import REPORTS_LEADS
from domain.channel import Button
from domain.rules.search_text import normalise_query
from domain.usecases.lead_lists import closed_with_code, leads_of
from handlers.lead_line import lead_line
from handlers.talking import NotForRole
from handlers.today import page_turn
from handlers.turn import Turn, pressed_number
from models.lead import Colour, Lead

PAGE = 8
_CODE = re.compile(r"L\d{6}-[0-9A-Z]{4}")


@dataclass(frozen=True, slots=True)
class LeadList:
    """What is on her list; each line opens its card."""

    total: int
    page: int
    pages: int
    query: str


@dataclass(frozen=True, slots=True)
class NoLeads:
    """There is nothing on her list, or nothing with this code."""

    query: str


@dataclass(frozen=True, slots=True)
class ClosedLead:
    """A closed lead that she may open again; nothing of what it says."""

    code: str
    colour: Colour
    closed_on: date


def lead_code(text: str) -> str:
    """The code of a lead, when `text` is one and nothing else; otherwise nothing."""
    code = normalise_query(text).upper()
    return code if _CODE.fullmatch(code) else ""


async def leads(turn: Turn, rest: str) -> None:
    """The first page of the list, as a new message; what follows the command is (a part of) a code."""
    turn.press_answered_apart()
    await _page(turn, 0, normalise_query(rest).upper()[:16])


async def leads_pressed(turn: Turn, args: Sequence[str]) -> None:
    """The press that opens the list ("new"), or turns to another page of it."""
    if args[:1] == ["new"]:
        await leads(turn, "")
    else:
        await _page(turn, pressed_number(args) or 0, "")


async def _page(turn: Turn, page: int, query: str) -> None:
    scene = turn.scene
    if not turn.actor.has_role(REPORTS_LEADS):
        turn.show(NotForRole())
        return
    rows, total = await leads_of(
        scene.session, actor=scene.actor, today=scene.today, query=query, offset=page * PAGE, limit=PAGE
    )
    if rows:
        lines = tuple((Button(lead_line(lead, why, turn.locale), f"lead:show:{lead.id}"),) for lead, why in rows)
        pages = -(-total // PAGE)
        # A code has few hits; only the whole list is turned.
        turning = () if query else page_turn(turn, "leads", page, pages)
        turn.show(LeadList(total, page + 1, pages, query), (*lines, *turning))
    elif page > 0:
        await _page(turn, 0, query)
    else:
        await _none(turn, query)


async def _none(turn: Turn, query: str) -> None:
    closed = await closed_with_code(turn.scene.session, actor=turn.actor, code=query) if query else None
    if closed is None:
        turn.show(NoLeads(query))
    else:
        show_closed(turn, closed)


def show_closed(turn: Turn, lead: Lead) -> None:
    """A closed lead, with the button that opens it again."""
    closed_on = turn.scene.policy.today(lead.closed_at or lead.reported_at)
    rows = turn.rows([[("reopen_lead", f"lead:reopen:{lead.id}")]])
    turn.show(ClosedLead(lead.code, lead.colour, closed_on), rows)
