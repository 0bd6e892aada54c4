"""A council's meeting as its members, those invited and those who oversee the council see it; and their list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.channel import Button
from domain.council_access import Standing, council_for, is_guest
from domain.usecases.council_meetings import MeetingSight, items_of_meeting, meeting_for
from domain.usecases.meeting_lists import drafts_among, meetings_of
from domain.usecases.meeting_people import attendance_of, due_at, names_of
from domain.usecases.minutes import were_there
from handlers.flow import Rows
from handlers.shortened import short_name
from handlers.today import page_turn
from handlers.turn import Turn, pressed_number
from messages.render import day_text, label
from models.agenda import AgendaItem
from models.meeting import CouncilMeeting, MeetingMode, MeetingState, Minutes, MinutesState

PAGE = 8
SHOWN_ITEMS = 12
# A meeting that a ballot has made of its own is nothing that one could go to.
QUICK_WORDS = {MeetingState.RUNNING: "quick_running", MeetingState.HELD: "quick_held"}


@dataclass(frozen=True, slots=True)
class MeetingCard:
    """A meeting as it stands; whom it does not concern is told the items' number alone."""

    code: str
    council: str
    mode: MeetingMode
    quick: bool
    state: MeetingState
    on: date
    planned_at: datetime
    place: str
    chair: str
    recorder: str
    standing: int
    invited: int
    there: int
    signed: bool
    sign_code: str
    items: tuple[str, ...]
    more_items: int
    record: MinutesState | None
    version: int
    until: date | None


@dataclass(frozen=True, slots=True)
class MeetingList:
    """A council's meetings; each is a button."""

    council: str
    total: int
    page: int
    pages: int


async def list_meetings(turn: Turn, args: Sequence[str]) -> None:
    """The press `co:meetings:<council>[:<page>]`. Raises RefusedError(NOT_YOURS)."""
    session, number = turn.scene.session, pressed_number(args) or 0
    sight = await council_for(session, turn.actor, number)
    page = pressed_number(args, 1) or 0
    rows, total = await meetings_of(session, number, offset=page * PAGE, limit=PAGE)
    pages = max(1, -(-total // PAGE))
    if len(args) < 2:
        turn.press_answered_apart()
    drafts = await drafts_among(session, [row.id for row in rows]) if sight.sits else set()
    buttons: Rows = tuple((Button(_line(turn, row, row.id in drafts), f"meet:show:{row.id}"),) for row in rows)
    buttons = (*buttons, *page_turn(turn, f"co:meetings:{number}", page, pages))
    if sight.leads:
        buttons = (*buttons, *turn.rows([[("call_meeting", f"co:meet:{number}")]]))
    turn.show(MeetingList(sight.council.name, total, min(page, pages - 1) + 1, pages), buttons)


def _line(turn: Turn, meeting: CouncilMeeting, unsent: bool) -> str:
    """When it is, how far it is; one whose record nobody has been sent is marked."""
    day = day_text(turn.scene.policy.today(meeting.planned_at), turn.locale)
    return f"{day} {_state(turn, meeting, unsent)} {meeting.code}"


def _state(turn: Turn, meeting: CouncilMeeting, unsent: bool) -> str:
    if unsent:
        return label("record_unsent", turn.locale, "meeting_words")
    if meeting.quick and meeting.state in QUICK_WORDS:
        return label(QUICK_WORDS[meeting.state], turn.locale, "meeting_words")
    return label(meeting.state, turn.locale)


async def show_meeting(turn: Turn, args: Sequence[str]) -> None:
    """The press `meet:show:<meeting>`: its card, as a new message. Raises RefusedError(NOT_YOURS)."""
    turn.press_answered_apart()
    await put_meeting(turn, pressed_number(args) or 0)


async def put_meeting(turn: Turn, meeting_id: int) -> None:
    """The meeting's card in place of the pressed one. The address of a door leaves the chat again (spec 8).

    Raises RefusedError(NOT_YOURS).
    """
    sight = await meeting_for(turn.scene.session, turn.actor, meeting_id)
    card, items, was_there = await _card(turn, sight)
    buttons = (*turn.rows(list(_buttons(turn, sight, card, was_there=was_there))), *_items_opened(items))
    if sight.meeting.mode.at_a_door:
        turn.show_secret(card, buttons)
    else:
        turn.show(card, buttons)


async def _card(turn: Turn, sight: MeetingSight) -> tuple[MeetingCard, list[AgendaItem], bool]:
    session, meeting, me = turn.scene.session, sight.meeting, turn.actor.member_id
    at = meeting.planned_at.astimezone(turn.scene.policy.zone)
    names = await names_of(session, [one for one in (meeting.chair_id, meeting.recorder_id) if one is not None])
    due = await due_at(session, meeting, today=turn.scene.today)
    there = [one.member_id for one in await attendance_of(session, meeting.id)]
    items = await _items(turn, sight)
    minutes = await session.get(Minutes, meeting.id, populate_existing=True)
    until = minutes.corrections_until if minutes and minutes.state is MinutesState.OUT else None
    card = MeetingCard(
        code=meeting.code,
        council=sight.council.name,
        mode=meeting.mode,
        quick=meeting.quick,
        state=meeting.state,
        on=at.date(),
        planned_at=at,
        place=meeting.place or "",
        chair=names[meeting.chair_id],
        recorder=names.get(meeting.recorder_id or 0, ""),
        standing=len(due.standing),
        invited=len(due.invited),
        there=len(there),
        signed=me in there,
        sign_code=(meeting.sign_code or "") if sight.keeps(me) and meeting.state is MeetingState.RUNNING else "",
        items=tuple(item.title for item in items[:SHOWN_ITEMS]),
        more_items=max(0, len(items) - SHOWN_ITEMS),
        record=minutes.state if minutes else None,
        version=minutes.version if minutes else 0,
        until=turn.scene.policy.today(until) if until else None,
    )
    return card, items, me in await were_there(session, meeting)


async def _items(turn: Turn, sight: MeetingSight) -> list[AgendaItem]:
    """Its items; for one of X those alone to which she is invited."""
    session, items = turn.scene.session, list(await items_of_meeting(turn.scene.session, sight.meeting.id))
    if sight.standing is not Standing.GUEST:
        return items
    return [item for item in items if await is_guest(session, turn.actor.member_id, item.id)]


def _buttons(turn: Turn, sight: MeetingSight, card: MeetingCard, *, was_there: bool) -> Iterable[list[tuple[str, str]]]:
    number, keeps = sight.meeting.id, sight.keeps(turn.actor.member_id)
    if card.state is MeetingState.PLANNED:
        if keeps:
            yield [("begin_meeting", f"meet:begin:{number}")]
        yield [("calendar_file", f"meet:ics:{number}")]
        if sight.leads:
            yield [("move_meeting", f"meet:move:{number}"), ("add_meeting_items", f"meet:items:{number}")]
            yield [("cancel_meeting", f"meet:cancel:{number}")]
    elif card.state is MeetingState.RUNNING and not card.quick:
        if not card.signed and sight.standing is not Standing.OVERSEER:
            yield [("sign_in", f"meet:sign:{number}")]
        if keeps:
            yield list(_list_buttons(number, card))
            if sight.leads:
                yield [("add_meeting_items", f"meet:items:{number}")]
            yield [("end_meeting", f"meet:end:{number}")]
    elif card.state is MeetingState.HELD:
        yield from _record_buttons(number, sight, card, keeps=keeps, was_there=was_there)


def _record_buttons(
    number: int, sight: MeetingSight, card: MeetingCard, *, keeps: bool, was_there: bool
) -> Iterable[list[tuple[str, str]]]:
    reads = sight.standing is not Standing.GUEST or was_there
    if card.record is MinutesState.DRAFT and keeps:
        yield [("write_minutes", f"meet:minutes:{number}"), ("record_draft", f"meet:file:{number}")]
        yield [("send_record", f"meet:round:{number}")]
    if keeps and card.record is not MinutesState.FINAL and not card.quick:
        yield list(_list_buttons(number, card))
    if card.version and reads:
        yield [("record_file", f"meet:file:{number}")]
    if card.record is MinutesState.OUT and (was_there or keeps):
        yield [("ask_correction", f"meet:correct:{number}")]
    if card.version and (was_there or keeps):
        yield [("open_corrections", f"meet:corrections:{number}")]


def _list_buttons(number: int, card: MeetingCard) -> Iterable[tuple[str, str]]:
    yield "note_present", f"meet:attend:{number}"
    if card.there:
        yield "strike_off", f"meet:strike:{number}"


def _items_opened(items: Sequence[AgendaItem]) -> Rows:
    return tuple(
        (Button(short_name(f"{number}. {item.title}"), f"item:show:{item.id}"),)
        for number, item in enumerate(items[:SHOWN_ITEMS], 1)
    )
