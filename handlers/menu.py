"""The persistent menu under the input field: the rows that her posts give something to do with, and no others."""

from collections.abc import Collection, Iterable

from domain.access import ASKED_FOR_HELP, FILES_VISITS, REPORTS_LEADS, SEES_HOUSEHOLDS, Actor
from domain.council_access import OVERSEES_COUNCILS, SITS_IN_COUNCIL
from domain.dispute_access import REGISTERS_DISPUTES
from domain.usecases.read_log import READS_LOG
from handlers.dispute_list import SEES_DISPUTES
from messages.render import LOCALES, label
from models.member import Role

_EVERYBODY = frozenset(Role)
Row = tuple[tuple[str, Collection[Role]], ...]
ROWS: tuple[Row, ...] = (
    (("today", FILES_VISITS), ("visit", FILES_VISITS)),
    (("lead", REPORTS_LEADS), ("leads", REPORTS_LEADS)),
    (("dispute", REGISTERS_DISPUTES), ("disputes", SEES_DISPUTES)),
    (("asked", ASKED_FOR_HELP),),
    (("council", SITS_IN_COUNCIL | OVERSEES_COUNCILS),),
    (("reads", READS_LOG),),
    (("freeze", {Role.ADMINISTRATOR}), ("unfreeze", {Role.ADMINISTRATOR})),
    (("find", SEES_HOUSEHOLDS), ("drafts", _EVERYBODY - READS_LOG)),
    (("me", _EVERYBODY), ("help", _EVERYBODY)),
)
KEYS = tuple(key for row in ROWS for key, _ in row)


def menu_keyboard(actor: Actor) -> tuple[tuple[str, ...], ...]:
    """Her menu, in her language."""
    rows = (tuple(_keys(row, actor)) for row in ROWS)
    return tuple(tuple(label(key, actor.locale, "menu") for key in row) for row in rows if row)


def _keys(row: Row, actor: Actor) -> Iterable[str]:
    return (key for key, roles in row if actor.has_role(roles))


def menu_key(text: str) -> str | None:
    """The menu entry whose word, in any language, is `text`."""
    for locale in LOCALES:
        for key in KEYS:
            if label(key, locale, "menu") == text.strip():
                return key
    return None
