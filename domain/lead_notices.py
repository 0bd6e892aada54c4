"""What is told of leads and their alerts: codes, colours and roles, and buttons to answer with (spec 8)."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from domain.channel import Lane
from domain.rules.handling import LeadEvent
from models.lead import Colour, FileKind
from models.member import Role


@dataclass(frozen=True, slots=True)
class LeadNews:
    """To whoever has a lead, reported it or may close it: something was done with it, by somebody in `role`."""

    lead_code: str
    lead_id: int
    colour: Colour
    role: Role
    event: LeadEvent

    @property
    def lane(self) -> Lane:
        """What a reporter adds to a red lead, or has come to light of it, does not wait for the morning."""
        urgent = self.colour is Colour.RED and self.event in (LeadEvent.NOTE_ADDED, LeadEvent.WORSE)
        return Lane.RED if urgent else Lane.NOTICE

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_lead", f"lead:show:{self.lead_id}"),)


@dataclass(frozen=True, slots=True)
class LeadRecoloured:
    """To whoever was rung for a lead, and to its reporter: somebody has changed its colour."""

    lane: ClassVar[Lane] = Lane.NOTICE
    lead_code: str
    lead_id: int
    from_colour: Colour
    colour: Colour
    role: Role

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_lead", f"lead:show:{self.lead_id}"),)


@dataclass(frozen=True, slots=True)
class RevisitDue:
    """To whoever has leads: so many are to be revisited today, and so many should have been before."""

    lane: ClassVar[Lane] = Lane.NOTICE
    on: date
    due: int
    overdue: int

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_leads", "leads:new"),)


@dataclass(frozen=True, slots=True)
class WaitingLeads:
    """To an instructor or a head every morning: so many leads that ring nobody wait for her."""

    lane: ClassVar[Lane] = Lane.DIGEST
    on: date
    count: int

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_leads", "leads:new"),)


@dataclass(frozen=True, slots=True)
class FileNotKept:
    """To whoever sent it: a picture or voice message of a lead could not be kept; she may send it again."""

    lane: ClassVar[Lane] = Lane.NOTICE
    lead_code: str
    lead_id: int
    file_kind: FileKind

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("add_lead_note", f"lead:note:{self.lead_id}"),)


@dataclass(frozen=True, slots=True)
class GlassBroken:
    """To two others: somebody has opened a lead that is not hers, with a reason, for so many minutes."""

    lane: ClassVar[Lane] = Lane.RED
    lead_code: str
    role: Role
    minutes: int
    to_auditor: bool

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_reads", "reads:new"),) if self.to_auditor else ()


@dataclass(frozen=True, slots=True)
class Doorbell:
    """To whoever an alert rings: its code and colour, and what she can press. Nothing else (spec 8).

    `phones` adds the list of those to telephone now, for whoever is rung last.
    """

    alert_id: int
    lead_id: int
    lead_code: str
    colour: Colour
    again: bool
    phones: bool

    @property
    def lane(self) -> Lane:
        """Quiet hours never hold red."""
        return _urgent(self.colour)

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        phones = (("alert_phones", f"alert:phones:{self.alert_id}"),) if self.phones else ()
        return (*phones, *_answers(self.alert_id, self.lead_id))


@dataclass(frozen=True, slots=True)
class AlertHanded:
    """To whoever a colleague in `role` asks to take an alert over."""

    alert_id: int
    lead_id: int
    lead_code: str
    colour: Colour
    role: Role

    @property
    def lane(self) -> Lane:
        """Quiet hours never hold red."""
        return _urgent(self.colour)

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return _answers(self.alert_id, self.lead_id)


@dataclass(frozen=True, slots=True)
class AlertHeld:
    """To the others who were rung: somebody in `role` has it now."""

    lead_code: str
    colour: Colour
    role: Role
    working: bool

    @property
    def lane(self) -> Lane:
        """Whoever a red one has woken may sleep on."""
        return _urgent(self.colour)

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return ()


@dataclass(frozen=True, slots=True)
class StillOnIt:
    """To whoever has an alert: is she still on it?"""

    alert_id: int
    lead_id: int
    lead_code: str
    colour: Colour

    @property
    def lane(self) -> Lane:
        """Quiet hours never hold red."""
        return _urgent(self.colour)

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (
            ("alert_yes", f"alert:yes:{self.alert_id}"),
            ("alert_no", f"alert:no:{self.alert_id}"),
            ("open_lead", f"lead:show:{self.lead_id}"),
        )


@dataclass(frozen=True, slots=True)
class AlertLapsed:
    """To whoever had an alert: it is no longer hers, and others are rung."""

    alert_id: int
    lead_code: str
    colour: Colour

    @property
    def lane(self) -> Lane:
        """Quiet hours never hold red."""
        return _urgent(self.colour)

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("alert_take", f"alert:take:{self.alert_id}"),)


@dataclass(frozen=True, slots=True)
class ReachesNobody:
    """To the administrators: an alert finds nobody who could answer it."""

    lead_code: str
    colour: Colour

    @property
    def lane(self) -> Lane:
        """Quiet hours never hold red."""
        return _urgent(self.colour)

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return ()


def _urgent(colour: Colour) -> Lane:
    return Lane.RED if colour is Colour.RED else Lane.NOTICE


def _answers(alert_id: int, lead_id: int) -> tuple[tuple[str, str], ...]:
    return (
        ("alert_ack", f"alert:ack:{alert_id}"),
        ("alert_take", f"alert:take:{alert_id}"),
        ("alert_pass", f"alert:pass:{alert_id}"),
        ("open_lead", f"lead:show:{lead_id}"),
    )
