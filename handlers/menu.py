"""The persistent menu under the input field: the rows that her posts give something to do with, and no others.

And the list of commands, which Telegram shows to everybody alike.
"""

from collections.abc import Callable, Collection, Iterable

from domain.access import ASKED_FOR_HELP, FILES_VISITS, REPORTS_LEADS, SEES_HOUSEHOLDS, Actor
from domain.council_access import OVERSEES_COUNCILS, PROPOSES, SITS_IN_COUNCIL
from domain.dispute_access import REGISTERS_DISPUTES
from domain.usecases.read_log import READS_LOG
from handlers.dispute_list import SEES_DISPUTES
from messages.render import LOCALES, label, labels
from models.member import Role

VOTES = SITS_IN_COUNCIL | {Role.COUNCIL_GUEST}
Holds = Callable[[Actor], bool]
Row = tuple[tuple[str, Holds], ...]
_EVERYBODY = frozenset(Role)


def _of(roles: Collection[Role]) -> Holds:
    return lambda actor: actor.has_role(roles)


def _council_alone(roles: Collection[Role]) -> Holds:
    """Whoever has other work finds this on the council's card; her menu is long enough."""
    return lambda actor: actor.has_role(roles) and not actor.has_role(REPORTS_LEADS)


ROWS: tuple[Row, ...] = (
    (("today", _of(FILES_VISITS)), ("visit", _of(FILES_VISITS))),
    (("lead", _of(REPORTS_LEADS)), ("leads", _of(REPORTS_LEADS))),
    (("dispute", _of(REGISTERS_DISPUTES)), ("disputes", _of(SEES_DISPUTES))),
    (("asked", _of(ASKED_FOR_HELP)),),
    # Whoever works in the neighbourhood proposes from there, and finds her proposals and projects.
    (("council", _of(PROPOSES | OVERSEES_COUNCILS)), ("votes", _of(VOTES))),
    (("propose", _council_alone(SITS_IN_COUNCIL)), ("proposals", _council_alone(VOTES))),
    (("reads", _of(READS_LOG)),),
    (("freeze", _of({Role.ADMINISTRATOR})), ("unfreeze", _of({Role.ADMINISTRATOR}))),
    (("find", _of(SEES_HOUSEHOLDS)), ("drafts", _of(_EVERYBODY - READS_LOG))),
    (("me", _of(_EVERYBODY)), ("help", _of(_EVERYBODY))),
)
KEYS = tuple(key for row in ROWS for key, _ in row)


def menu_keyboard(actor: Actor) -> tuple[tuple[str, ...], ...]:
    """Her menu, in her language."""
    rows = (tuple(_keys(row, actor)) for row in ROWS)
    return tuple(tuple(label(key, actor.locale, "menu") for key in row) for row in rows if row)


def _keys(row: Row, actor: Actor) -> Iterable[str]:
    return (key for key, holds in row if holds(actor))


def menu_key(text: str) -> str | None:
    """The menu entry whose word, in any language, is `text`."""
    for locale in LOCALES:
        for key in KEYS:
            if label(key, locale, "menu") == text.strip():
                return key
    return None


def command_list() -> dict[str, list[tuple[str, str]]]:
    """The commands with their descriptions, by language."""
    return {locale: list(labels(locale)["command"].items()) for locale in LOCALES}
