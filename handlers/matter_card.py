"""The card of a lead: what is confidential of it, for whoever may open it, and what she may do with it now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from domain.access import CLOSES_LEADS, WHISTLES
from domain.channel import Button
from domain.rules.handling import AT_WORK, REVISITED, UNVERIFIED
from domain.usecases.matters import SEES_THE_WORK, Matter
from handlers.flow import Rows
from handlers.flows.lead_views import ContactWay, Recipient
from handlers.scene import Scene
from messages.render import LOCALES, label
from models.alert import AlertState
from models.confidential import Ground
from models.lead import Colour, LeadSource, LeadStage, Triage, Where
from models.member import Role


@dataclass(frozen=True, slots=True)
class LeadCard:
    """All of one lead; only in the private chat of somebody who may open it, and not for long."""

    code: str
    colour: Colour
    key_matter: bool
    item: str
    triage: tuple[Triage, ...]
    stage: LeadStage
    held_by: str
    held_as: Role | None
    working: bool
    reported_on: date
    reported_at: datetime
    reporter: str
    reporter_role: Role | None
    source: LeadSource
    area: str
    where: Where
    household: str
    household_code: str
    address: str
    safe_address: str
    way: ContactWay | None
    terms: str
    may_call: bool
    narrative: str
    persons: str
    consents: tuple[tuple[Recipient, bool], ...]
    files: int
    revisit_on: date | None
    revisit_due: bool
    revisits_done: int
    linked: tuple[str, ...]
    minutes: int


@dataclass(frozen=True, slots=True)
class OwnLead:
    """A lead for its reporter: what she wrote, how far it has come, and as what somebody has it.

    A `quiet` one rings nobody yet: it waits on the morning's list.
    """

    code: str
    colour: Colour
    item: str
    stage: LeadStage
    held_as: Role | None
    quiet: bool
    reported_on: date
    household: str
    address: str
    narrative: str
    persons: str
    files: int
    minutes: int


def view_of(matter: Matter, scene: Scene) -> object:
    """What is shown of a lead to whoever sees it on her ground."""
    return _own(matter, scene) if matter.sight.ground is Ground.REPORTER else _card(matter, scene)


def _own(matter: Matter, scene: Scene) -> OwnLead:
    lead = matter.sight.lead
    return OwnLead(
        code=lead.code,
        colour=lead.colour,
        item=scene.policy.catalogue.name(lead.item, scene.actor.locale),
        stage=lead.stage,
        held_as=matter.holder.role if matter.holder else None,
        quiet=matter.quiet,
        reported_on=scene.policy.today(lead.reported_at),
        household=matter.household.name if matter.household else "",
        address=matter.household.address if matter.household else "",
        narrative=lead.narrative or "",
        persons=lead.persons or "",
        files=matter.files,
        minutes=scene.policy.details_minutes,
    )


def _card(matter: Matter, scene: Scene) -> LeadCard:
    lead, policy = matter.sight.lead, scene.policy
    way, terms = way_and_terms(lead.safe_contact)
    holder, works = matter.holder, matter.sight.ground in SEES_THE_WORK
    return LeadCard(
        code=lead.code,
        colour=lead.colour,
        key_matter=lead.key_matter,
        item=policy.catalogue.name(lead.item, scene.actor.locale),
        triage=tuple(answer for answer in Triage if answer.value in lead.triage),
        stage=lead.stage,
        held_by=holder.name if holder and works else "",
        held_as=holder.role if holder else None,
        working=matter.working,
        reported_on=policy.today(lead.reported_at),
        reported_at=lead.reported_at.astimezone(policy.zone),
        reporter=matter.reporter.name if works else "",
        reporter_role=matter.reporter.role,
        source=lead.source,
        area=matter.area.name,
        where=lead.whereabouts,
        household=matter.household.name if matter.household else "",
        household_code=matter.household.code if matter.household else "",
        address=matter.household.address if matter.household else "",
        safe_address=lead.safe_address or "",
        way=way,
        terms=terms,
        may_call=way is ContactWay.CALL,
        narrative=lead.narrative or "",
        persons=lead.persons or "",
        consents=_consents(matter),
        files=matter.files,
        revisit_on=lead.revisit_on,
        revisit_due=lead.stage in REVISITED and lead.revisit_on is not None and lead.revisit_on <= scene.today,
        revisits_done=lead.revisits_done,
        linked=tuple(other.code for other in matter.linked),
        minutes=policy.details_minutes,
    )


def way_and_terms(safe_contact: str | None) -> tuple[ContactWay | None, str]:
    """How she may be reached, and the rest of what was agreed. The way is its first line, in the reporter's language;
    where nobody said a known one, there is none, and nobody may assume that a call is safe.
    """
    first, _, rest = (safe_contact or "").partition("\n")
    ways = {label(way, locale): way for way in ContactWay for locale in LOCALES}
    return (ways[first], rest) if first in ways else (None, safe_contact or "")


def _consents(matter: Matter) -> tuple[tuple[Recipient, bool], ...]:
    known = {recipient.value: recipient for recipient in Recipient}
    return tuple((known[one.recipient], one.given) for one in matter.consents if one.recipient in known)


def buttons_of(matter: Matter, scene: Scene) -> Rows:
    """What she may do with the lead now."""
    locale, lead = scene.actor.locale, matter.sight.lead
    links = [
        (Button(f"{label('link_lead', locale)} {other.code}", f"lead:link:{lead.id}:{other.id}"),)
        for other in matter.linkable
    ]
    pairs = [*_alert(matter, scene), *_work(matter), *_asking(matter, scene), *_closing(matter, scene)]
    pairs += _reading(matter)
    rows = [tuple(Button(label(key, locale), data) for key, data in row) for row in pairs if row]
    return (*rows, *links)


Pairs = list[tuple[str, str]]


def _alert(matter: Matter, scene: Scene) -> Iterable[Pairs]:
    """签收, 我来处理, 转给…: while it rings for her, or she has it."""
    alert = matter.alert
    if alert is None or not matter.sight.handles:
        return
    if alert.state is AlertState.RINGING:
        yield [("alert_ack", f"alert:ack:{alert.id}"), ("alert_take", f"alert:take:{alert.id}")]
        yield [("alert_pass", f"alert:pass:{alert.id}")]
    elif alert.holder_id == scene.actor.member_id and not alert.working:
        yield [("alert_take", f"alert:take:{alert.id}"), ("alert_pass", f"alert:pass:{alert.id}")]
    elif alert.holder_id == scene.actor.member_id:
        yield [("alert_pass", f"alert:pass:{alert.id}")]


def _work(matter: Matter) -> Iterable[Pairs]:
    """The steps of handling that the stage allows."""
    lead = matter.sight.lead
    number = lead.id
    if not matter.sight.handles or lead.stage not in AT_WORK:
        return
    if lead.stage in UNVERIFIED:
        yield [("work_contact", f"lead:contact:{number}"), ("work_verify", f"lead:verify:{number}")]
        yield [("work_support", f"lead:support:{number}"), ("work_follow", f"lead:follow:{number}")]
    else:
        yield [("work_contact", f"lead:contact:{number}"), ("work_support", f"lead:support:{number}")]
        yield [("work_follow", f"lead:follow:{number}"), ("work_revisit", f"lead:revisit:{number}")]
    if lead.stage is not LeadStage.REPORTED:
        yield [("work_closing", f"lead:closing:{number}")]
    if not lead.key_matter:  # which is red for good
        yield [("work_recolour", f"lead:recolour:{number}"), ("work_disclose", f"lead:disclose:{number}")]
    last: Pairs = [("support_help", f"lead:help:{number}")]
    yield [("work_correct", f"lead:correct:{number}"), *last] if matter.corrects else last


def _asking(matter: Matter, scene: Scene) -> Iterable[Pairs]:
    """Help from an expert, or from partner units, which heads and centres alone call."""
    lead = matter.sight.lead
    if matter.to_register:
        yield [("register_dispute", f"case:lead:{lead.id}")]
    if matter.sight.handles:
        row: Pairs = [("refer_lead", f"lead:refer:{lead.id}")]
        if scene.actor.covers(matter.area.path, WHISTLES):
            row.append(("whistle_lead", f"lead:whistle:{lead.id}"))
        yield row


def _closing(matter: Matter, scene: Scene) -> Iterable[Pairs]:
    """What a second person may decide, and what whoever asked may take back."""
    lead, me = matter.sight.lead, scene.actor.member_id
    closes = scene.actor.covers(matter.area.path, CLOSES_LEADS) and matter.sight.ground is not Ground.REFERRAL
    if lead.stage is LeadStage.CLOSING and lead.closing_by_id == me:
        yield [("work_withdraw", f"lead:withdraw:{lead.id}"), ("work_follow", f"lead:follow:{lead.id}")]
    elif lead.stage is LeadStage.CLOSING and closes:
        yield [("decide_closing", f"lead:decide:{lead.id}")]
    elif lead.stage is LeadStage.CLOSED and closes:
        yield [("reopen_lead", f"lead:reopen:{lead.id}")]


def _reading(matter: Matter) -> Iterable[Pairs]:
    """What there is to look at besides, and the reporter's own word."""
    lead, ground = matter.sight.lead, matter.sight.ground
    row: Pairs = []
    if ground is Ground.REFERRAL:
        yield [("open_asked", "asked:new")]  # there she reports back
    if ground in SEES_THE_WORK:
        row.append(("lead_line", f"lead:line:{lead.id}"))
    if matter.files:
        row.append(("lead_files", f"lead:files:{lead.id}"))
    yield row
    if lead.stage is LeadStage.CLOSED:
        return
    if ground is Ground.REPORTER or matter.sight.handles:
        yield [("add_lead_note", f"lead:note:{lead.id}")]
    if ground is Ground.REPORTER:
        yield [("work_correct", f"lead:correct:{lead.id}")] if matter.corrects else []
