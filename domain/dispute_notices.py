"""What is told of disputes: code, colour, days and buttons; never who quarrels, about what, or where (spec 8)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from domain.channel import Lane
from domain.rules.ladder import Arrival, DisputeEvent
from models.dispute import DisputeStep
from models.lead import Colour, FileKind


@dataclass(frozen=True, slots=True)
class DisputeCall:
    """To everybody on a rung: a case has arrived, and waits to be accepted. `again`: nobody has accepted it yet."""

    lane: ClassVar[Lane] = Lane.NOTICE
    dispute_code: str
    dispute_id: int
    colour: Colour
    arrival: Arrival
    again: bool

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (
            ("accept_dispute", f"disp:accept:{self.dispute_id}"),
            ("open_dispute", f"disp:show:{self.dispute_id}"),
        )


@dataclass(frozen=True, slots=True)
class DisputeNews:
    """To whoever has a case, had it or registered it: something has happened to it."""

    lane: ClassVar[Lane] = Lane.NOTICE
    dispute_code: str
    dispute_id: int
    colour: Colour
    happened: DisputeEvent

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        if self.happened is DisputeEvent.STANDS_BACK:
            return ()  # she cannot open it any more
        return (("open_dispute", f"disp:show:{self.dispute_id}"),)


@dataclass(frozen=True, slots=True)
class DisputeWaits:
    """To a case's owner, or to the head of its rung: nothing has happened for so many days, or a day has come."""

    lane: ClassVar[Lane] = Lane.NOTICE
    dispute_code: str
    dispute_id: int
    colour: Colour
    step: DisputeStep
    days: int  # without anything having happened, or over the day
    no_head: bool = False  # she hears in place of the rung's head, whose post is empty, and cannot open the case

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        if self.no_head:
            return ()
        return (("open_dispute", f"disp:show:{self.dispute_id}"),)


@dataclass(frozen=True, slots=True)
class DisputeForsaken:
    """To the head of its rung and the administrators: there is nobody left on the last rung who could have a case."""

    lane: ClassVar[Lane] = Lane.NOTICE
    dispute_code: str
    colour: Colour

    def actions(self) -> tuple[tuple[str, str], ...]:
        """No buttons: whoever looks after accounts opens no case."""
        return ()


@dataclass(frozen=True, slots=True)
class MediationAhead:
    """To its leader, the rung and the guests: a mediation is planned, is tomorrow, or is today; or is off."""

    lane: ClassVar[Lane] = Lane.NOTICE
    dispute_code: str
    dispute_id: int
    mediation_id: int
    on: date
    planned_at: datetime  # in the county's zone
    cancelled: bool
    invited: bool  # asked to come, and not of the rung
    counselling: bool = False

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        if self.cancelled:
            return ()
        return (
            ("open_dispute", f"disp:show:{self.dispute_id}"),
            ("calendar_file", f"disp:ics:{self.mediation_id}"),
        )


@dataclass(frozen=True, slots=True)
class PictureNotKept:
    """To whoever sent it: a picture or voice message of a dispute could not be kept; she may send it again."""

    lane: ClassVar[Lane] = Lane.NOTICE
    dispute_code: str
    dispute_id: int
    file_kind: FileKind

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("note_dispute", f"disp:note:{self.dispute_id}"),)


@dataclass(frozen=True, slots=True)
class MediationUnrecorded:
    """To its leader: a planned mediation is over; how was it?"""

    lane: ClassVar[Lane] = Lane.NOTICE
    dispute_code: str
    dispute_id: int
    on: date
    counselling: bool = False

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        record = "record_session" if self.counselling else "record_attempt"
        return ((record, f"disp:record:{self.dispute_id}"),)
