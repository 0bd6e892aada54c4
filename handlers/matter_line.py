"""The timeline of a lead, page by page, under the five instants that it proves (D)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from domain.rules.handling import Instant, Proven, RevisitResult, SupportKind, Verdict, five_instants
from domain.usecases.availability import PassedOver
from domain.usecases.matters import Person, read_timeline
from handlers.flow import Rows
from handlers.scene import Scene
from handlers.turn import Turn, pressed_number
from messages.render import label
from models.lead import Colour, LeadEntry
from models.member import Role

PAGE = 4  # as many of the longest entries as fit into a message
BODY_SHOWN = 800  # characters
# What the known words of an entry's detail mean.
_WORDS: dict[str, type[StrEnum]] = {
    "from_colour": Colour,
    "colour": Colour,
    "verdict": Verdict,
    "result": RevisitResult,
    "kinds": SupportKind,
    "roles": Role,
    "reason": PassedOver,
}


@dataclass(frozen=True, slots=True)
class LeadLine:
    """One page of the timeline: when, what, by whom, in which words; and when each instant was reached."""

    code: str
    colour: Colour
    instants: tuple[tuple[Instant, date | None, datetime | None, int], ...]  # the last: minutes after the report
    entries: tuple[tuple[int, date, datetime, str, str, str, int], ...]  # the last: the number of what it corrects
    page: int
    pages: int
    minutes: int


async def show_line(turn: Turn, args: Sequence[str]) -> None:
    """A press `lead:line:<lead>` or `lead:line:<lead>:<page>`: a page of it as a message that vanishes.

    Raises RefusedError(NOT_YOURS).
    """
    lead_id, wanted = pressed_number(args) or 0, pressed_number(args, 1)
    scene = turn.scene
    sight, entries = await read_timeline(
        scene.session, actor=scene.actor, lead_id=lead_id, now=scene.now, policy=scene.policy
    )
    pages = max(1, -(-len(entries) // PAGE))
    page = min(pages - 1 if wanted is None else wanted, pages - 1)  # the newest page first
    numbers = {entry.id: place for place, (entry, _) in enumerate(entries, 1)}
    end = len(entries) - (pages - 1 - page) * PAGE  # the newest page is full, the oldest has the rest
    shown = [_row(entry, who, numbers, scene) for entry, who in entries[max(0, end - PAGE) : end]]
    proven = five_instants(sight.lead.reported_at, [entry for entry, _ in entries])
    view = LeadLine(
        code=sight.lead.code,
        colour=sight.lead.colour,
        instants=tuple(_instant(one, scene) for one in proven),
        entries=tuple(shown),
        page=page + 1,
        pages=pages,
        minutes=scene.policy.details_minutes,
    )
    turn.show_secret(view, _turning(turn, lead_id, page, pages))


def _turning(turn: Turn, lead_id: int, page: int, pages: int) -> Rows:
    row = []
    if page > 0:
        row.append(turn.button("previous", f"lead:line:{lead_id}:{page - 1}"))
    if page + 1 < pages:
        row.append(turn.button("next", f"lead:line:{lead_id}:{page + 1}"))
    back = (turn.button("open_lead", f"lead:show:{lead_id}"),)
    return (tuple(row), back) if row else (back,)


def _instant(one: Proven, scene: Scene) -> tuple[Instant, date | None, datetime | None, int]:
    if one.at is None or one.after is None:
        return one.instant, None, None, 0
    local = one.at.astimezone(scene.policy.zone)
    return one.instant, local.date(), local, one.after // timedelta(minutes=1)


def _row(
    entry: LeadEntry, who: Person | None, numbers: dict[int, int], scene: Scene
) -> tuple[int, date, datetime, str, str, str, int]:
    local = entry.at.astimezone(scene.policy.zone)
    body, locale = entry.body or "", scene.actor.locale
    what = label(entry.kind.value, locale, "entry")
    role = label(who.role, locale) if who and who.role else ""
    return (
        numbers[entry.id],
        local.date(),
        local,
        " · ".join(part for part in (what, detail_words(entry, locale)) if part),
        " ".join(part for part in (role, who.name if who else "") if part),
        body if len(body) <= BODY_SHOWN else body[: BODY_SHOWN - 1] + "…",
        numbers.get(entry.corrects_id or 0, 0),
    )


def detail_words(entry: LeadEntry, locale: str) -> str:
    """What the known words of an entry say; numbers of members and the like say nothing."""
    said = []
    for key, enum in _WORDS.items():
        value = entry.detail.get(key)
        members = {member.value: member for member in enum}
        values = value if isinstance(value, list) else [value]
        words = [_word(members[one], locale) for one in values if one in members]
        if words:
            said.append("、".join(words) if locale == "zh" else ", ".join(words))
    if "case" in entry.detail:  # the code of its dispute
        said.append(str(entry.detail["case"]))
    between = " → " if "from_colour" in entry.detail else " · "
    return between.join(said)


def _word(member: StrEnum, locale: str) -> str:
    return label(member.value, locale, "passed_over") if isinstance(member, PassedOver) else label(member, locale)
