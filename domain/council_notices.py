"""What is told of councils: codes, numbers, days and buttons; the words of an item are in its card (spec 8)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from domain.channel import Lane
from domain.rules.meeting_news import MeetingTold, RecordTold
from models.agenda import GuestKind, ItemEvent
from models.lead import FileKind
from models.meeting import MeetingMode
from models.project import ProjectEvent


@dataclass(frozen=True, slots=True)
class ItemNews:
    """To an item's proposers, and to whoever has to deal with it next: something has happened to it. `lost`: to one of
    X who is none by it, and can open the item no more.
    """

    lane: ClassVar[Lane] = Lane.NOTICE
    item_code: str
    item_id: int
    item_event: ItemEvent
    lost: bool = False

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return () if self.lost else (("open_item", f"item:show:{self.item_id}"),)


@dataclass(frozen=True, slots=True)
class InvitedToItem:
    """To one of X: she is invited to discuss an item and to vote in it; its words are in its card."""

    lane: ClassVar[Lane] = Lane.NOTICE
    item_code: str
    item_id: int
    guest_kind: GuestKind

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_item", f"item:show:{self.item_id}"),)


@dataclass(frozen=True, slots=True)
class VoteWanted:
    """To an elector: a ballot is open (`again`: and she has not voted yet)."""

    lane: ClassVar[Lane] = Lane.NOTICE
    item_code: str
    ballot_id: int
    closes_at: datetime  # in the county's zone
    secret: bool
    again: bool

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_paper", f"vote:paper:{self.ballot_id}"),)


@dataclass(frozen=True, slots=True)
class VoteEnteredForHer:
    """To an elector: the chair has entered a paper or a proxy for her, which is not told; her own press goes first."""

    lane: ClassVar[Lane] = Lane.NOTICE
    item_code: str
    ballot_id: int

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_paper", f"vote:paper:{self.ballot_id}"),)


@dataclass(frozen=True, slots=True)
class PaperPutForHer:
    """To an elector of a secret ballot: a paper was put into the box in her name. Nobody knows what stands on it."""

    lane: ClassVar[Lane] = Lane.NOTICE
    item_code: str
    ballot_id: int

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_paper", f"vote:paper:{self.ballot_id}"),)


@dataclass(frozen=True, slots=True)
class MeetingNews:
    """To N and X of a meeting: it is called, near, begun or off. The place and the items are in its card."""

    lane: ClassVar[Lane] = Lane.NOTICE
    meeting_code: str
    meeting_id: int
    planned_at: datetime  # in the county's zone
    mode: MeetingMode
    meeting_told: MeetingTold

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        shown = ("open_meeting", f"meet:show:{self.meeting_id}")
        if self.meeting_told is MeetingTold.BEGUN:
            return (("sign_in", f"meet:sign:{self.meeting_id}"), shown)
        ahead = self.meeting_told in (MeetingTold.CALLED, MeetingTold.MOVED, MeetingTold.EVE, MeetingTold.SOON)
        return (("calendar_file", f"meet:ics:{self.meeting_id}"), shown) if ahead else (shown,)


@dataclass(frozen=True, slots=True)
class RecordNews:
    """To those who were at a meeting, and to those who keep its record: how far the record is."""

    lane: ClassVar[Lane] = Lane.NOTICE
    meeting_code: str
    meeting_id: int
    record_version: int
    record_told: RecordTold

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        shown = ("open_meeting", f"meet:show:{self.meeting_id}")
        if self.record_told in (RecordTold.CORRECTION, RecordTold.WAITS):
            return (("open_corrections", f"meet:corrections:{self.meeting_id}"), shown)
        record = ("record_file", f"meet:file:{self.meeting_id}")
        if self.record_told in (RecordTold.OUT, RecordTold.ANEW):
            return (record, ("ask_correction", f"meet:correct:{self.meeting_id}"))
        return (record, shown)


@dataclass(frozen=True, slots=True)
class ProjectNews:
    """To the owner of a project, or (`lost`) to who was it until now: it is hers, or something has changed."""

    lane: ClassVar[Lane] = Lane.NOTICE
    item_code: str
    project_id: int
    project_event: ProjectEvent
    due_on: date
    lost: bool

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        # Whoever had it may not be able to open it any more.
        return () if self.lost else (("open_project", f"proj:show:{self.project_id}"),)


@dataclass(frozen=True, slots=True)
class ProjectDue:
    """To a project's owner, a week over the day to the chair, too: it is due in so many days, or so many over."""

    lane: ClassVar[Lane] = Lane.NOTICE
    item_code: str
    project_id: int
    due_on: date
    days_left: int
    days_over: int

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (
            ("note_progress", f"proj:progress:{self.project_id}"),
            ("finish_project", f"proj:finish:{self.project_id}"),
            ("delay_project", f"proj:delay:{self.project_id}"),
        )


@dataclass(frozen=True, slots=True)
class ProjectForsaken:
    """To the chair: the owner of a project can have it no more; another must be named."""

    lane: ClassVar[Lane] = Lane.NOTICE
    item_code: str
    project_id: int
    due_on: date

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (
            ("hand_project", f"proj:hand:{self.project_id}"),
            ("open_project", f"proj:show:{self.project_id}"),
        )


@dataclass(frozen=True, slots=True)
class RatingWanted:
    """To whom a project concerns: how satisfied is she? One press is the answer, for good and without her name.
    `again`: she has not said so yet.
    """

    lane: ClassVar[Lane] = Lane.NOTICE
    item_code: str
    project_id: int
    ends_on: date
    again: bool

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        words = ("rate_5", "rate_4", "rate_3", "rate_2", "rate_1")  # the best first
        return tuple((word, f"proj:rate:{self.project_id}:{word[-1]}") for word in words)


@dataclass(frozen=True, slots=True)
class CouncilFileNotKept:
    """To whoever sent it: a picture or voice message could not be kept. Of the three numbers one is not 0."""

    lane: ClassVar[Lane] = Lane.NOTICE
    code: str
    file_kind: FileKind
    item_id: int
    meeting_id: int
    project_id: int

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        if self.project_id:
            return (("open_project", f"proj:show:{self.project_id}"),)
        if self.meeting_id:
            return (("open_meeting", f"meet:show:{self.meeting_id}"),)
        return (("open_item", f"item:show:{self.item_id}"),)


@dataclass(frozen=True, slots=True)
class GroupNews:
    """To a council's chair: the bot cannot speak in its group any more (`lost`), or it can again."""

    lane: ClassVar[Lane] = Lane.NOTICE
    council_id: int
    lost: bool

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_council", f"co:show:{self.council_id}"),)


@dataclass(frozen=True, slots=True)
class MonthUnused:
    """To a council's chair on the 20th: it has dealt with nothing this month (一月一议, W). `planned`: it will meet."""

    lane: ClassVar[Lane] = Lane.NOTICE
    area_code: str
    planned: bool

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_council", "menu:council"),)
