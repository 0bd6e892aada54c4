"""What a rule of retention forgets today: over for long enough, and not held (spec 8)."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from domain.rules.policy import Policy
from domain.rules.retention import Entity, RetentionRule
from domain.usecases.council_now import DEALT_WITH
from domain.usecases.former_members import still_named
from domain.usecases.holds import held_dispute, held_household, held_item, held_lead
from domain.usecases.item_changes import ITEM_IS_OVER
from models.agenda import AgendaItem, ItemEntry, ItemState
from models.ballot import Ballot, BallotState, Elector
from models.council import GroupCode
from models.dispute import Dispute, DisputeState
from models.household import HouseholdChange, Resident
from models.invite import Invite
from models.lead import FileState, Lead, LeadFile, LeadStage
from models.mediation import DisputeFile
from models.meeting import CouncilMeeting, MeetingItem, Minutes, MinutesState
from models.member import Appointment, Leave, Member, Role
from models.project import CouncilProject, ProjectEntry, ProjectRating, ProjectState
from models.tier_change import TierChange
from models.visit import Visit

Found = Select[Any]
_ENDED = (DisputeState.CLOSED, DisputeState.ENDED, DisputeState.FROZEN)


def expired(rule: RetentionRule, *, now: datetime, policy: Policy) -> Found:
    """The keys of the rows that the rule forgets now, whatever hangs on them goes with them."""
    last = rule.last_day(policy.today(now))
    return _FIND[rule.entity](_Past(rule.since, last, policy.at(last + timedelta(days=1), time(0))))


class _Past:
    """Whether a column's day, or its instant, is long enough ago."""

    def __init__(self, since: str, last: date, end: datetime) -> None:
        self._since, self._last, self._end = since, last, end

    def of(self, table: Any) -> ColumnElement[bool]:
        """The condition for the rule's column of a table; what has no day yet is never past."""
        column = getattr(table, self._since)
        condition: ColumnElement[bool] = column <= self._last if self._since.endswith("_on") else column < self._end
        return condition

    def goes_on(self, instant: Any) -> ColumnElement[bool]:
        """The condition that something has not ended, or not as long ago as that."""
        return or_(instant.is_(None), instant >= self._end)


def _visit_places(past: _Past) -> Found:
    return _of_households(Visit, past).where(col(Visit.latitude).is_not(None))


def _of_households(table: Any, past: _Past) -> Found:
    return select(table.id).where(past.of(table), ~held_household(table.household_id))


def _plain(table: Any) -> Callable[[_Past], Found]:
    return lambda past: select(table.id).where(past.of(table))


def _leads(past: _Past) -> Found:
    """A lead waits for the disputes that point to it: their own rule comes first."""
    points = or_(col(Dispute.lead_id) == col(Lead.id), col(Dispute.red_lead_id) == col(Lead.id))
    return select(col(Lead.id)).where(_closed(past), ~select(col(Dispute.id)).where(points).exists())


def _closed(past: _Past) -> ColumnElement[bool]:
    return and_(col(Lead.stage) == LeadStage.CLOSED, past.of(Lead), ~held_lead())


def _lead_files(past: _Past) -> Found:
    lead = select(col(Lead.id)).where(col(Lead.id) == col(LeadFile.lead_id), _closed(past))
    return select(col(LeadFile.id)).where(col(LeadFile.state) != FileState.WAITING, lead.exists())


def _over(past: _Past) -> ColumnElement[bool]:
    """One that violence has frozen is over when its red lead is."""
    red = select(col(Lead.id)).where(col(Lead.id) == col(Dispute.red_lead_id), col(Lead.stage) != LeadStage.CLOSED)
    return and_(col(Dispute.state).in_(_ENDED), past.of(Dispute), ~red.correlate(Dispute).exists(), ~held_dispute())


def _disputes(past: _Past) -> Found:
    return select(col(Dispute.id)).where(_over(past))


def _dispute_files(past: _Past) -> Found:
    dispute = select(col(Dispute.id)).where(col(Dispute.id) == col(DisputeFile.dispute_id), _over(past))
    return select(col(DisputeFile.id)).where(col(DisputeFile.state) != FileState.WAITING, dispute.exists())


def _ballots(past: _Past) -> Found:
    named = select(col(Elector.position)).where(col(Elector.ballot_id) == col(Ballot.id)).exists()
    return select(col(Ballot.id)).where(
        col(Ballot.state) != BallotState.OPEN, past.of(Ballot), named, ~held_item(col(Ballot.item_id))
    )


def _minutes(past: _Past) -> Found:
    done = col(Minutes.state) == MinutesState.FINAL
    items = select(col(MeetingItem.item_id)).where(col(MeetingItem.meeting_id) == col(Minutes.meeting_id))
    held = items.where(held_item(col(MeetingItem.item_id))).exists()
    return select(col(Minutes.meeting_id)).where(done, past.of(Minutes), col(Minutes.nameless).is_(False), ~held)


def _projects(past: _Past) -> Found:
    """One that is over; its history is what goes, so one without it is done."""
    told = select(col(ProjectEntry.id)).where(col(ProjectEntry.project_id) == col(CouncilProject.id))
    asks = select(col(ProjectRating.project_id)).where(
        col(ProjectRating.project_id) == col(CouncilProject.id), ~col(ProjectRating.over)
    )
    return select(col(CouncilProject.id)).where(
        past.of(CouncilProject),
        col(CouncilProject.state) != ProjectState.ONGOING,
        told.exists(),
        ~asks.exists(),
        ~held_item(col(CouncilProject.item_id)),
        ~_still_written_of(CouncilProject.item_id, past),
    )


def _agenda_items(past: _Past) -> Found:
    """One that is over for good. What was rejected may come back, and what has passed waits for its project's end.

    It waits until its ballots and its project are forgotten, each by its own rule; and what was merged into another
    item is read with that one.
    """
    of_it = col(AgendaItem.id)
    read = aliased(ItemEntry)
    project = select(col(CouncilProject.id)).where(col(CouncilProject.item_id) == of_it)
    told = project.join(ProjectEntry, col(ProjectEntry.project_id) == col(CouncilProject.id))
    listed = select(col(Elector.position)).join(Ballot, col(Ballot.id) == col(Elector.ballot_id))
    read_with = select(col(read.id)).where(
        col(read.item_id) == col(AgendaItem.merged_into_id), col(read.kind).not_in(DEALT_WITH)
    )
    carried_out = and_(col(AgendaItem.state) == ItemState.PASSED, project.exists())
    return select(of_it).where(
        past.of(AgendaItem),
        or_(col(AgendaItem.state).in_(ITEM_IS_OVER), carried_out),
        select(col(ItemEntry.id))
        .where(col(ItemEntry.item_id) == of_it, col(ItemEntry.kind).not_in(DEALT_WITH))
        .exists(),
        ~told.exists(),
        ~listed.where(col(Ballot.item_id) == of_it).exists(),
        ~read_with.exists(),
        ~held_item(of_it),
        ~_still_written_of(AgendaItem.id, past),
    )


def _still_written_of(item_id: Any, past: _Past) -> ColumnElement[bool]:
    """Whether a record that is not final takes its words from the item: one that is round, or of no old meeting."""
    records = (
        select(col(Minutes.meeting_id))
        .join(CouncilMeeting, col(CouncilMeeting.id) == col(Minutes.meeting_id))
        .join(MeetingItem, col(MeetingItem.meeting_id) == col(Minutes.meeting_id))
        .where(
            col(MeetingItem.item_id) == item_id,
            or_(
                col(Minutes.state) == MinutesState.OUT,
                and_(col(Minutes.state) == MinutesState.DRAFT, past.goes_on(col(CouncilMeeting.ended_at))),
            ),
        )
    )
    return records.exists()


def _members(past: _Past) -> Found:
    """One whose last post ended so long ago. A frozen account is open until it is given back; a number below zero says
    that her name has gone already.
    """
    later = _posts().where(or_(col(Appointment.ends_on).is_(None), ~past.of(Appointment)))
    return select(col(Member.id)).where(
        col(Member.telegram_id) > 0,
        col(Member.frozen_at).is_(None),
        _posts().exists(),
        ~later.exists(),
        ~still_named(),
    )


def _guests(past: _Past) -> Found:
    """One who never held another post than that of a council's guest."""
    return _members(past).where(~_posts().where(col(Appointment.role) != Role.COUNCIL_GUEST).exists())


def _posts() -> Found:
    return select(col(Appointment.id)).where(col(Appointment.member_id) == col(Member.id)).correlate(Member)


_FIND: dict[Entity, Callable[[_Past], Found]] = {
    Entity.VISIT_PLACE: _visit_places,
    Entity.VISIT: lambda past: _of_households(Visit, past),
    Entity.HOUSEHOLD_CHANGE: lambda past: _of_households(HouseholdChange, past),
    Entity.TIER_CHANGE: lambda past: _of_households(TierChange, past),
    Entity.RESIDENT: lambda past: _of_households(Resident, past),
    Entity.LEAD_FILE: _lead_files,
    Entity.LEAD: _leads,
    Entity.DISPUTE_FILE: _dispute_files,
    Entity.DISPUTE: _disputes,
    Entity.BALLOT_NAMES: _ballots,
    Entity.MINUTES_NAMES: _minutes,
    Entity.PROJECT: _projects,
    Entity.AGENDA_ITEM: _agenda_items,
    Entity.INVITE: _plain(Invite),
    Entity.GROUP_CODE: lambda past: select(col(GroupCode.code_hash)).where(past.of(GroupCode)),
    Entity.LEAVE: _plain(Leave),
    Entity.GUEST: _guests,
    Entity.MEMBER: _members,
}
