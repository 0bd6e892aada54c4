"""Words of a meeting's record that are put together from its facts (spec 5)."""

from collections.abc import Iterable

from domain.usecases.record_facts import RecordFacts, RecordItem
from handlers.questions import length_of
from messages.render import day_text, label


def proposed_decisions(facts: RecordFacts, locale: str, limit: int = 0) -> str:
    """What was decided, item by item, as the votes and the projects say; whole lines up to `limit` (0: all of them)."""
    kept: list[str] = []
    for number, item in enumerate(facts.items, 1):
        line = f"{number}. {''.join(_sentences(item, locale))}"
        if limit and length_of("\n".join([*kept, line])) > limit:
            break
        kept.append(line)
    return "\n".join(kept)


def _sentences(item: RecordItem, locale: str) -> Iterable[str]:
    for ballot in item.ballots:
        yield label("ballot" if ballot.shows else "ballot_unpublished", locale, "meeting_words").format(
            title=ballot.title or item.title,
            outcome=label(ballot.outcome, locale),
            electors=ballot.standing + ballot.invited,
            turnout=ballot.turnout,
            favour=ballot.favour,
            against=ballot.against,
            abstain=ballot.abstain,
        )
    if not item.ballots:
        yield label("discussed", locale, "meeting_words").format(title=item.title)
    if item.project is not None and item.ballots:
        day = day_text(item.project.due_on, locale)
        words = label("project", locale, "meeting_words")
        yield (" " if locale == "en" else "") + words.format(owner=item.project.owner, day=day, what=item.project.what)
