"""What the answers of a lead's report mean: pure, and asked for by its steps, its summary and its end."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.rules.catalogue import Item
from domain.rules.triage import assess, gravest, is_raise
from domain.usecases.leads import LeadFacts
from handlers.flows.lead_views import ContactWay, Guidance, LeadSummary, Recipient
from handlers.questions import Answers, Facts
from messages.render import label
from models.lead import Colour, FileKind, LeadSource, Triage, Where

PURPOSE = "help"  # what a consent is given for
_NO_FILES: dict[str, Any] = {"text": "", "files": []}


def yes(answers: Answers) -> tuple[Triage, ...]:
    """What she answered with yes."""
    said = answers.get("triage") or {}
    return tuple(answer for answer in Triage if said.get(answer.value))


def default_item(answers: Answers, facts: Facts) -> str | None:
    """The item that her gravest yes stands for."""
    worst = gravest(yes(answers))
    return None if worst is None else str(facts["by_triage"][worst.value]["key"])


def _item(answers: Answers, facts: Facts) -> Mapping[str, Any] | None:
    known = [facts.get("picked"), *facts["by_triage"].values()]
    return next((item for item in known if item and item["key"] == answers.get("item")), None)


def said_yes(answers: Answers, _facts: Facts) -> bool:
    """Whether any of the five is a yes."""
    return bool(yes(answers))


def is_red(answers: Answers, facts: Facts) -> bool:
    """Whether it is a protected matter, as far as one knows: then the law decides, and nobody waits for answers."""
    item = _item(answers, facts)
    red = item is not None and item["colour"] == Colour.RED
    return red or bool(yes(answers)) or answers.get("raised") == Colour.RED


def is_ordinary(answers: Answers, facts: Facts) -> bool:
    """The opposite of `is_red`."""
    return not is_red(answers, facts)


def can_rise(answers: Answers, facts: Facts) -> bool:
    """Whether there is a more urgent colour than its own."""
    return not yes(answers) and bool(higher(answers, facts))


def higher(answers: Answers, facts: Facts) -> list[Colour]:
    """The colours more urgent than that of its item."""
    item = _item(answers, facts)
    return [] if item is None else [colour for colour in Colour if is_raise(Colour(item["colour"]), colour)]


def about_a_household(answers: Answers) -> bool:
    """Whether it is about a household of the register."""
    return bool(answers.get("where") == Where.HOUSEHOLD)


def has_earlier(_answers: Answers, facts: Facts) -> bool:
    """Whether she has reported something of this household lately."""
    return bool(facts.get("same"))


def can_be_reached(answers: Answers) -> bool:
    """Whether there is a way to reach the person concerned, with conditions to ask for."""
    return answers.get("contact") not in (None, ContactWay.NEVER)


def nothing(_answers: Answers, _facts: Facts) -> None:
    """The default of what nobody has asked."""


def wheres(_answers: Answers, facts: Facts) -> Sequence[Where]:
    """The answers to "where"; somebody without a register has no household to choose."""
    return list(Where) if facts["register"] else [Where.NO_HOUSEHOLD, Where.OUTSIDE]


def guidance(answers: Answers, facts: Facts) -> Guidance | None:
    """What stands above every question of a red report."""
    return Guidance(yes(answers)) if is_red(answers, facts) else None


def _raised(answers: Answers) -> Colour | None:
    return Colour(answers["raised"]) if answers.get("raised") else None


def _same_as(answers: Answers, facts: Facts) -> str | None:
    """The earlier lead she has chosen, unless she has chosen another household since."""
    chosen = answers.get("same_as")
    return chosen if chosen in {value for value, _ in facts.get("same", [])} else None


def own_colour(answers: Answers, facts: Facts) -> Colour:
    """The colour of its item; blue for one that is unknown."""
    item = _item(answers, facts)
    return Colour(item["colour"]) if item else Colour.BLUE


def _colour(answers: Answers, facts: Facts) -> Colour:
    item = _item(answers, facts)
    what = Item("", "", "", "", own_colour(answers, facts), bool(item and item["key_matter"]))
    return assess(what, yes(answers), _raised(answers)).colour


def summary(answers: Answers, facts: Facts) -> LeadSummary:
    """The summary before it is sent."""
    item, told, same = _item(answers, facts), answers.get("telling") or _NO_FILES, _same_as(answers, facts)
    photos = sum(kind == FileKind.PHOTO for kind, *_ in told["files"])
    consent, way = answers.get("consent"), answers.get("contact")
    here = about_a_household(answers)
    return LeadSummary(
        colour=_colour(answers, facts),
        triage=yes(answers),
        item=item["name"] if item else "",
        where=Where(answers["where"]),
        household=facts["household"] if here else "",
        address=facts["address"] if here else "",
        same_as=dict(facts["same"])[same] if same else "",
        text=told["text"],
        photos=photos,
        voices=len(told["files"]) - photos,
        persons=answers.get("persons") or "",
        way=ContactWay(way) if way else None,
        terms=answers.get("terms") or "",
        safe_address=answers.get("safe_address") or "",
        source=LeadSource(answers.get("source", LeadSource.SEEN)),
        by_law=is_red(answers, facts),
        consent_asked=consent is not None,
        agreed=tuple(Recipient(value) for value in consent["chosen"]) if consent else (),
    )


def lead_facts(answers: Answers, facts: Facts, locale: str) -> LeadFacts:
    """What the use-case is given; the way to reach her is written down in the reporter's words."""
    shown, told, same = summary(answers, facts), answers["telling"], _same_as(answers, facts)
    contact = [label(shown.way, locale)] if shown.way else []
    return LeadFacts(
        item=answers["item"],
        triage=shown.triage,
        whereabouts=shown.where,
        household_id=answers["household"] if shown.where is Where.HOUSEHOLD else None,
        source=shown.source,
        narrative=shown.text or None,
        persons=shown.persons or None,
        safe_contact="\n".join([*contact, *([shown.terms] if shown.terms else [])]) or None,
        safe_address=shown.safe_address or None,
        raised_to=_raised(answers),
        files=[(FileKind(kind), file_id, caption) for kind, file_id, caption in told["files"]],
        consents=[(one.value, PURPOSE, one in shown.agreed) for one in Recipient] if shown.consent_asked else [],
        same_as_id=int(same) if same else None,
    )
