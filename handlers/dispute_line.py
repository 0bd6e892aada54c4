"""The history of a dispute, page by page; and all of its parties, where the card has no room for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.usecases.dispute_cases import held_mediations, parties_of, read_history
from domain.usecases.dispute_reading import read_fully
from domain.usecases.matters import Person
from handlers.dispute_words import detail_words
from handlers.flow import Rows
from handlers.scene import Scene
from handlers.turn import Turn, pressed_number
from messages.render import label
from models.dispute import DisputeEntry
from models.lead import Colour
from models.mediation import Mediation

PAGE = 4  # as many of the longest entries as fit into a message
BODY_SHOWN = 800  # characters
PARTIES = 10
WISHES_SHOWN = 250


@dataclass(frozen=True, slots=True)
class DisputeLine:
    """One page of the history: when, what, by whom, in which words."""

    code: str
    colour: Colour
    entries: tuple[tuple[int, date, datetime, str, str, str, int], ...]  # the last: the number of what it corrects
    page: int
    pages: int
    minutes: int


@dataclass(frozen=True, slots=True)
class DisputeParties:
    """One page of the parties: number, name, consent to be contacted, telephone, wishes."""

    code: str
    parties: tuple[tuple[int, str, bool, str, str], ...]
    total: int
    page: int
    pages: int
    minutes: int


async def show_line(turn: Turn, args: Sequence[str]) -> None:
    """A press `disp:line:<dispute>` or `disp:line:<dispute>:<page>`: a page of it as a message that vanishes.

    Raises RefusedError(NOT_YOURS).
    """
    dispute_id, wanted = pressed_number(args) or 0, pressed_number(args, 1)
    scene = turn.scene
    sight, entries = await read_history(
        scene.session, actor=scene.actor, dispute_id=dispute_id, now=scene.now, policy=scene.policy
    )
    held = {one.id: one for one in await held_mediations(scene.session, sight.dispute)}
    pages = max(1, -(-len(entries) // PAGE))
    page = min(pages - 1 if wanted is None else wanted, pages - 1)  # the newest page first
    numbers = {entry.id: place for place, (entry, _) in enumerate(entries, 1)}
    end = len(entries) - (pages - 1 - page) * PAGE  # the newest page is full, the oldest has the rest
    shown = [_row(entry, who, numbers, held, scene) for entry, who in entries[max(0, end - PAGE) : end]]
    view = DisputeLine(
        code=sight.dispute.code,
        colour=sight.dispute.colour,
        entries=tuple(shown),
        page=page + 1,
        pages=pages,
        minutes=scene.policy.details_minutes,
    )
    turn.show_secret(view, _turning(turn, f"disp:line:{dispute_id}", dispute_id, page, pages))


async def show_parties(turn: Turn, args: Sequence[str]) -> None:
    """A press `disp:parties:<dispute>[:<page>]`. Raises RefusedError(NOT_YOURS)."""
    dispute_id, wanted = pressed_number(args) or 0, pressed_number(args, 1) or 0
    scene = turn.scene
    sight = await read_fully(
        scene.session, actor=scene.actor, dispute_id=dispute_id, now=scene.now, policy=scene.policy
    )
    parties = await parties_of(scene.session, sight.dispute)
    pages = max(1, -(-len(parties) // PARTIES))
    page = min(wanted, pages - 1)
    rows = tuple(
        (one.position, one.name, one.consent, one.phone or "", shortened(one.wishes, WISHES_SHOWN))
        for one in parties[page * PARTIES : (page + 1) * PARTIES]
    )
    view = DisputeParties(sight.dispute.code, rows, len(parties), page + 1, pages, scene.policy.details_minutes)
    turn.show_secret(view, _turning(turn, f"disp:parties:{dispute_id}", dispute_id, page, pages))


def shortened(text: str | None, most: int) -> str:
    """As much of a text as there is room for."""
    text = text or ""
    return text if len(text) <= most else text[: most - 1] + "…"


def words_of(mediation: Mediation) -> str:
    """What was written down of a mediation: the matter, the feelings, the promises."""
    return "\n".join(part for part in (mediation.matter, mediation.feelings, mediation.promises) if part)


def _turning(turn: Turn, data: str, dispute_id: int, page: int, pages: int) -> Rows:
    row = []
    if page > 0:
        row.append(turn.button("previous", f"{data}:{page - 1}"))
    if page + 1 < pages:
        row.append(turn.button("next", f"{data}:{page + 1}"))
    back = (turn.button("open_dispute", f"disp:show:{dispute_id}"),)
    return (tuple(row), back) if row else (back,)


def _row(
    entry: DisputeEntry, who: Person | None, numbers: dict[int, int], held: Mapping[int, Mediation], scene: Scene
) -> tuple[int, date, datetime, str, str, str, int]:
    local, locale = entry.at.astimezone(scene.policy.zone), scene.actor.locale
    mediation = held.get(entry.detail.get("mediation", 0))
    body = entry.body or (words_of(mediation) if mediation else "")
    what = label(entry.kind.value, locale, "dispute_entry")
    role = label(who.role, locale) if who and who.role else ""
    return (
        numbers[entry.id],
        local.date(),
        local,
        " · ".join(part for part in (what, detail_words(entry, scene.policy.ladder, locale)) if part),
        " ".join(part for part in (role, who.name if who else "") if part),
        shortened(body, BODY_SHOWN),
        numbers.get(entry.corrects_id or 0, 0),
    )
