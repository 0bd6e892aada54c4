"""What the buttons of a council's meeting do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.calendar_file import calendar_file
from domain.channel import Upload, UploadKind
from domain.refusals import Reason, RefusedError
from domain.rules.shown_text import folded
from domain.usecases.council_meetings import meeting_for
from domain.usecases.meeting_people import is_waited_for, meeting_by_code, sign_in
from domain.usecases.meeting_planning import begin_meeting, cancel_meeting, end_meeting
from domain.usecases.minutes import send_round
from handlers.meeting_card import put_meeting, show_meeting
from handlers.meeting_corrections import show_corrections
from handlers.meeting_record import send_record_file
from handlers.record_presses import RecordPresses
from handlers.scene import Scene
from handlers.turn import Turn, pressed_number
from messages.render import label
from models.meeting import MeetingState, SignedBy

EARLY = timedelta(minutes=30)  # before its time a meeting begins without being asked about it
_FIRST_CODE, _CODES = 1000, 9000  # four digits, none of them begins with a nought


@dataclass(frozen=True, slots=True)
class CouncilCalendarFile:
    """What stands below a calendar file."""

    code: str
    on: date
    planned_at: datetime


@dataclass(frozen=True, slots=True)
class AskCancelMeeting:
    """Is it really to be called off? Everybody is told."""

    code: str
    on: date
    planned_at: datetime


@dataclass(frozen=True, slots=True)
class AskBeginEarly:
    """Is it really to begin, long before its time? Everybody is told, and it cannot be planned again."""

    code: str
    on: date
    planned_at: datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """She has signed in by the code that was shown in the room."""

    code: str
    again: bool


async def _sign(turn: Turn, args: Sequence[str]) -> None:
    """`meet:sign:<meeting>`, in the group or in private. Raises RefusedError."""
    scene, number = turn.scene, pressed_number(args) or 0
    new = await sign_in(
        scene.session, actor=scene.actor, meeting_id=number, how=SignedBy.BUTTON, now=scene.now, policy=scene.policy
    )
    turn.toast("signed_in" if new else "signed_in_already")
    if turn.group is None:
        await put_meeting(turn, number)


async def code_typed(turn: Turn, text: str, *, looking_up: bool = False) -> bool:
    """Four digits in private: the code of a meeting that runs now? Whether they are dealt with.

    Other digits are refused while a meeting waits for her, unless she is `looking_up` something: then they may be that.
    """
    scene, code = turn.scene, "".join(folded(text).split())
    if not (len(code) == 4 and code.isdecimal()):
        return False
    meeting = await meeting_by_code(scene.session, scene.actor, code, today=scene.today)
    if meeting is None:
        if looking_up or not await is_waited_for(scene.session, scene.actor):
            return False
        turn.refuse(Reason.SIGN_CODE_WRONG)
        return True
    try:
        async with scene.session.begin_nested():
            new = await sign_in(
                scene.session,
                actor=scene.actor,
                meeting_id=meeting.id,
                how=SignedBy.CODE,
                now=scene.now,
                policy=scene.policy,
            )
    except RefusedError as refused:
        turn.refuse(refused.reason)
        return True
    turn.say(SignedIn(meeting.code, not new), turn.rows([[("open_meeting", f"meet:show:{meeting.id}")]]))
    return True


async def _begin(turn: Turn, args: Sequence[str]) -> None:
    """`meet:begin:<meeting>`: asks once more when its time is far, since everybody is told. Raises RefusedError."""
    scene, number = turn.scene, pressed_number(args) or 0
    sight = await meeting_for(scene.session, scene.actor, number)
    meeting = sight.meeting
    early = meeting.state is MeetingState.PLANNED and meeting.planned_at - scene.now > EARLY
    if not (early and sight.keeps(scene.actor.member_id)):
        await _begin_now(turn, args)
        return
    at = meeting.planned_at.astimezone(scene.policy.zone)
    buttons = turn.rows([[("begin_meeting_now", f"meet:now:{number}")], [("open_meeting", f"meet:show:{number}")]])
    turn.show(AskBeginEarly(meeting.code, at.date(), at), buttons)


async def _begin_now(turn: Turn, args: Sequence[str]) -> None:
    """`meet:now:<meeting>`. Raises RefusedError."""
    scene, number = turn.scene, pressed_number(args) or 0
    await begin_meeting(
        scene.session,
        actor=scene.actor,
        meeting_id=number,
        sign_code=_sign_code(scene),
        now=scene.now,
        policy=scene.policy,
    )
    turn.toast("meeting_begun")
    await put_meeting(turn, number)


def _sign_code(scene: Scene) -> str:
    return str(_FIRST_CODE + int.from_bytes(scene.token(16).encode()) % _CODES)


async def _end(turn: Turn, args: Sequence[str]) -> None:
    """`meet:end:<meeting>`. Raises RefusedError."""
    scene, number = turn.scene, pressed_number(args) or 0
    await end_meeting(scene.session, actor=scene.actor, meeting_id=number, now=scene.now)
    turn.toast("meeting_ended")
    await put_meeting(turn, number)


async def _cancel(turn: Turn, args: Sequence[str]) -> None:
    """`meet:cancel:<meeting>`: asks once more, since everybody is told. Raises RefusedError."""
    scene, number = turn.scene, pressed_number(args) or 0
    sight = await meeting_for(scene.session, scene.actor, number)
    if not sight.leads:
        raise RefusedError(Reason.CHAIR_ONLY)
    if sight.meeting.state is not MeetingState.PLANNED:
        raise RefusedError(Reason.STEP_PASSED)
    at = sight.meeting.planned_at.astimezone(scene.policy.zone)
    buttons = turn.rows([[("cancel_meeting_now", f"meet:off:{number}")], [("open_meeting", f"meet:show:{number}")]])
    turn.show(AskCancelMeeting(sight.meeting.code, at.date(), at), buttons)


async def _off(turn: Turn, args: Sequence[str]) -> None:
    """`meet:off:<meeting>`. Raises RefusedError."""
    scene, number = turn.scene, pressed_number(args) or 0
    await cancel_meeting(scene.session, actor=scene.actor, meeting_id=number, now=scene.now, policy=scene.policy)
    turn.toast("meeting_off")
    await put_meeting(turn, number)


async def _round(turn: Turn, args: Sequence[str]) -> None:
    """`meet:round:<meeting>`. Raises RefusedError."""
    scene, number = turn.scene, pressed_number(args) or 0
    await send_round(scene.session, actor=scene.actor, meeting_id=number, now=scene.now, policy=scene.policy)
    turn.toast("record_sent")
    await put_meeting(turn, number)


async def _calendar(turn: Turn, args: Sequence[str]) -> None:
    """`meet:ics:<meeting>`. Raises RefusedError: NOT_YOURS, MEETING_OVER."""
    scene = turn.scene
    meeting = (await meeting_for(scene.session, scene.actor, pressed_number(args) or 0)).meeting
    if meeting.state in (MeetingState.HELD, MeetingState.CANCELLED):
        raise RefusedError(Reason.MEETING_OVER)
    at = meeting.planned_at.astimezone(scene.policy.zone)
    title = f"{label('calendar_title', turn.locale, 'meeting_words')} {meeting.code}"
    content = calendar_file("meeting", meeting.code, meeting.id, at, title, now=scene.now)
    upload = Upload(UploadKind.DOCUMENT, content, f"{meeting.code}.ics")
    turn.say_file(CouncilCalendarFile(meeting.code, at.date(), at), upload)


meetings_pressed = RecordPresses(
    "meet",
    at_once={
        "show": show_meeting,
        "sign": _sign,
        "begin": _begin,
        "now": _begin_now,
        "end": _end,
        "cancel": _cancel,
        "off": _off,
        "ics": _calendar,
        "round": _round,
        "file": send_record_file,
        "corrections": show_corrections,
    },
    begins={
        "attend": ("attend", {}),
        "strike": ("strike", {}),
        "items": ("meetitems", {}),
        "move": ("meetmove", {}),
        "minutes": ("minutes", {}),
        "correct": ("recfix", {}),
        "answer": ("recanswer", {}),  # the number is the correction's
    },
)
