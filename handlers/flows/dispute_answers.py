"""What the answers of a dispute's registering mean: pure, and asked for by its steps, its summary and its end."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.rules.policy import Policy
from domain.rules.triage import is_raise
from domain.usecases.disputes import DisputeFacts, PartyFacts, mediable_matter
from handlers.flows.dispute_views import DisputeSummary
from handlers.party_questions import parties_in
from handlers.questions import Answers, Facts
from models.dispute import DisputeKind, DisputeSource
from models.lead import Colour, FileKind, Where

_SHOWN = 10  # parties in the summary, which must fit into one message
_WISH_SHOWN = 60
_GROUP = 3  # with so many parties, more people may be concerned than are named


def kind_of(answers: Answers) -> DisputeKind:
    """An ordinary dispute, as long as nothing else was said."""
    return DisputeKind(answers.get("kind") or DisputeKind.DISPUTE)


def from_a_lead(answers: Answers) -> bool:
    """Whether it was a lead before."""
    return answers.get("source") == DisputeSource.LEAD


def not_from_a_lead(answers: Answers) -> bool:
    """The opposite: then it must be said where it stands."""
    return "source" in answers and not from_a_lead(answers)


def sources(_answers: Answers, facts: Facts) -> Sequence[DisputeSource]:
    """How it can have come to light; a lead only for somebody who looks after leads."""
    return [source for source in DisputeSource if source is not DisputeSource.LEAD or facts["leads"]]


def wheres(_answers: Answers, _facts: Facts) -> Sequence[Where]:
    """A household of hers, or none."""
    return [Where.HOUSEHOLD, Where.NO_HOUSEHOLD]


def has_register(_answers: Answers, facts: Facts) -> bool:
    """Whether she has a register to choose a household from."""
    return bool(facts["register"])


def about_a_household(answers: Answers) -> bool:
    """Whether it is about a household of the register that is chosen here."""
    return not_from_a_lead(answers) and answers.get("where") == Where.HOUSEHOLD


def about_no_household(answers: Answers) -> bool:
    """Whether only an area is known."""
    return not_from_a_lead(answers) and answers.get("where") != Where.HOUSEHOLD


def has_many_grids(_answers: Answers, facts: Facts) -> bool:
    """Whether there are grids to choose from."""
    return bool(facts["grids"] > 1)


def has_an_address(answers: Answers, _facts: Facts) -> bool:
    """Whether a household says where it is."""
    return about_a_household(answers)


def is_small(answers: Answers, _facts: Facts) -> bool:
    """Whether hardly more people are concerned than are named."""
    return len(parties_in(answers)) < _GROUP


def has_earlier(_answers: Answers, facts: Facts) -> bool:
    """Whether there are earlier cases to link it to."""
    return bool(facts.get("earlier"))


def nothing(_answers: Answers, _facts: Facts) -> None:
    """The default of what nobody has asked."""


def lead_has_item(answers: Answers, facts: Facts) -> bool:
    """Whether its lead says what it is about."""
    return from_a_lead(answers) and bool(facts.get("lead_item"))


def item_of_lead(_answers: Answers, facts: Facts) -> str | None:
    """What its lead is about."""
    found = facts.get("lead_item")
    return str(found["key"]) if found else None


def _item(answers: Answers, facts: Facts) -> Mapping[str, Any] | None:
    known = (facts.get("picked"), facts.get("lead_item"))
    return next((item for item in known if item and item["key"] == answers.get("item")), None)


def own_colour(answers: Answers, facts: Facts) -> Colour:
    """The colour of its item; blue for one that is unknown."""
    item = _item(answers, facts)
    return Colour(item["colour"]) if item else Colour.BLUE


def higher(answers: Answers, facts: Facts) -> list[Colour]:
    """The colours more urgent than that of its item; nothing red is ever mediated."""
    own = own_colour(answers, facts)
    return [colour for colour in Colour if colour is not Colour.RED and is_raise(own, colour)]


def can_rise(answers: Answers, facts: Facts) -> bool:
    """Whether there is a more urgent colour than its own."""
    return bool(higher(answers, facts))


def colour_of_lead(answers: Answers, facts: Facts) -> str | None:
    """The colour that its lead was raised to; otherwise its item's own."""
    raised = facts.get("lead_colour") if from_a_lead(answers) else None
    return raised if raised in higher(answers, facts) else None


def _colour(answers: Answers, facts: Facts) -> Colour:
    raised = answers.get("raised")
    return Colour(raised) if raised in higher(answers, facts) else own_colour(answers, facts)


def _linked(answers: Answers, facts: Facts) -> str | None:
    """The earlier case that she has chosen, unless she has changed household or parties since."""
    chosen = answers.get("linked")
    return chosen if chosen in {value for value, _ in facts.get("earlier", [])} else None


def _agree(answers: Answers) -> set[str]:
    return set((answers.get("consent") or {}).get("yes", []))


def _wishes(answers: Answers) -> dict[str, str]:
    return dict((answers.get("wishes") or {}).get("texts", {}))


def summary(answers: Answers, facts: Facts) -> DisputeSummary:
    """The summary before it is registered."""
    item, told, linked = _item(answers, facts), answers["telling"], _linked(answers, facts)
    photos = sum(kind == FileKind.PHOTO for kind, *_ in told["files"])
    parties, agree, wishes = parties_in(answers), _agree(answers), _wishes(answers)
    here, of_lead = about_a_household(answers), from_a_lead(answers)
    shown = tuple((one["name"], one["key"] in agree, _short(wishes.get(one["key"], ""))) for one in parties[:_SHOWN])
    return DisputeSummary(
        kind=kind_of(answers),
        colour=_colour(answers, facts),
        item=item["name"] if item else "",
        source=DisputeSource(answers["source"]),
        lead=facts["lead_code"] if of_lead else "",
        household=facts["household"] if here else "",
        address=facts["address"] if here else "",
        area=facts.get("area", "") if about_no_household(answers) and answers.get("area") else "",
        parties=shown,
        more_parties=len(parties) - len(shown),
        place=answers.get("place") or "",
        text=told["text"],
        photos=photos,
        voices=len(told["files"]) - photos,
        people=answers.get("people") or 0,
        linked=dict(facts["earlier"])[linked] if linked else "",
    )


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _WISH_SHOWN else text[: _WISH_SHOWN - 1] + "…"


def dispute_facts(answers: Answers, facts: Facts, policy: Policy) -> DisputeFacts:
    """What the use-case is given. Raises RefusedError: ITEM_UNKNOWN, NEVER_ON_LADDER."""
    shown, agree, wishes, linked = summary(answers, facts), _agree(answers), _wishes(answers), _linked(answers, facts)
    return DisputeFacts(
        matter=mediable_matter(answers["item"], shown.colour, policy),
        source=shown.source,
        facts=shown.text,
        parties=[
            PartyFacts(one["name"], one["key"] in agree, one["id"], one["phone"], wishes.get(one["key"]))
            for one in parties_in(answers)
        ],
        kind=shown.kind,
        household_id=answers["household"] if about_a_household(answers) else None,
        area_id=_area(answers, facts),
        lead_id=answers["lead"] if from_a_lead(answers) else None,
        place=shown.place or None,
        people=shown.people,
        linked_to_id=int(linked) if linked else None,
        files=[(FileKind(kind), file_id, caption) for kind, file_id, caption in answers["telling"]["files"]],
    )


def _area(answers: Answers, facts: Facts) -> int | None:
    """The grid that was said, or her only one."""
    if not about_no_household(answers):
        return None
    chosen: int | None = answers.get("area") or facts.get("only_grid")
    return chosen
