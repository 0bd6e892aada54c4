"""What the buttons of a planned mediation do: its calendar file, and calling it off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.calendar_file import calendar_file
from domain.channel import Upload, UploadKind
from domain.usecases.mediations import cancel_mediation, mediation_for
from handlers.dispute_card import show_dispute
from handlers.turn import Turn, pressed_number
from messages.render import label


@dataclass(frozen=True, slots=True)
class MediationFile:
    """What stands below a calendar file."""

    code: str
    on: date
    planned_at: datetime


async def send_calendar_file(turn: Turn, args: Sequence[str]) -> None:
    """The press `disp:ics:<mediation>`. Raises RefusedError: NOT_YOURS, NOT_PLANNED."""
    scene = turn.scene
    dispute, mediation = await mediation_for(
        scene.session, scene.actor, pressed_number(args) or 0, now=scene.now, policy=scene.policy
    )
    at = (mediation.planned_at or scene.now).astimezone(scene.policy.zone)
    title = f"{label('calendar_title', turn.locale, 'mediation')} {dispute.code}"
    content = calendar_file("mediation", dispute.code, mediation.id, at, title, now=scene.now)
    upload = Upload(UploadKind.DOCUMENT, content, f"{dispute.code}.ics")
    turn.say_file(MediationFile(dispute.code, at.date(), at), upload)


async def cancel_pressed(turn: Turn, args: Sequence[str]) -> None:
    """The press `disp:cancel:<dispute>:<mediation>`; a button that does not say which one is of an older card.

    Raises RefusedError: NOT_YOURS, NOT_PLANNED and the like.
    """
    scene = turn.scene
    await cancel_mediation(
        scene.session,
        actor=scene.actor,
        dispute_id=pressed_number(args) or 0,
        mediation_id=pressed_number(args, 1) or 0,
        now=scene.now,
        policy=scene.policy,
    )
    turn.toast("mediation_cancelled")
    await show_dispute(turn, args)
