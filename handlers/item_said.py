"""What was said of an item: opinions and its history page by page, its pictures; who is invited to it (spec 5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.channel import Upload, UploadKind
from domain.council_access import item_for
from domain.usecases.council_files import item_files
from domain.usecases.item_cards import read_item_line, read_opinions
from handlers.flow import Rows
from handlers.today import page_turn
from handlers.turn import Turn, pressed_number
from models.agenda import ItemEntry, ItemEvent

OPINIONS, ENTRIES = 4, 6
CAPTION = 800
QUOTED = 300  # of what was written with an entry; opinions stand in full on their own pages


@dataclass(frozen=True, slots=True)
class ItemOpinions:
    """A page of opinions; `who` is empty where names are not to be known."""

    code: str
    title: str
    opinions: tuple[tuple[date, str, str], ...]  # day, who, what
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class ItemLine:
    """A page of an item's history: day, time, what happened, who (or nobody), its words."""

    code: str
    title: str
    entries: tuple[tuple[date, datetime, ItemEvent, str, str], ...]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class FilesOfItem:
    """How many pictures there are, before they come one by one."""

    code: str
    kept: int
    waiting: int
    not_kept: int


@dataclass(frozen=True, slots=True)
class FileOfItem:
    """What stands below one of them."""

    code: str
    number: int
    total: int
    caption: str


async def show_opinions(turn: Turn, args: Sequence[str]) -> None:
    """The press `item:opinions:<item>[:<page>]`. Raises RefusedError(NOT_YOURS)."""
    number, page, policy = pressed_number(args) or 0, pressed_number(args, 1) or 0, turn.scene.policy
    sight, rows, total = await read_opinions(
        turn.scene.session, actor=turn.actor, item_id=number, offset=page * OPINIONS, limit=OPINIONS
    )
    pages = max(1, -(-total // OPINIONS))
    view = ItemOpinions(
        code=sight.item.code,
        title=sight.item.title,
        opinions=tuple((policy.today(entry.at), name, entry.body or "") for entry, name in rows),
        total=total,
        page=page + 1,
        pages=pages,
    )
    turn.show(view, _turning(turn, "opinions", number, page, pages))


async def show_item_line(turn: Turn, args: Sequence[str]) -> None:
    """The press `item:line:<item>[:<page>]`. Raises RefusedError(NOT_YOURS)."""
    number, page, zone = pressed_number(args) or 0, pressed_number(args, 1) or 0, turn.scene.policy.zone
    sight, rows, total = await read_item_line(
        turn.scene.session, actor=turn.actor, item_id=number, offset=page * ENTRIES, limit=ENTRIES
    )
    pages = max(1, -(-total // ENTRIES))
    entries = tuple(_line(entry, entry.at.astimezone(zone), name) for entry, name in rows)
    view = ItemLine(sight.item.code, sight.item.title, entries, page + 1, pages)
    turn.show(view, _turning(turn, "line", number, page, pages))


async def show_item_files(turn: Turn, args: Sequence[str]) -> None:
    """The press `item:files:<item>`: how many there are, then one after the other. Raises RefusedError(NOT_YOURS)."""
    sight = await item_for(turn.scene.session, turn.actor, pressed_number(args) or 0)
    files = await item_files(turn.scene.session, sight.item)
    total = len(files.kept)
    turn.show_secret(FilesOfItem(files.code, total, files.waiting, files.not_kept))
    for number, file in enumerate(files.kept, 1):
        caption = FileOfItem(files.code, number, total, file.caption[:CAPTION])
        turn.show_secret(caption, upload=Upload(UploadKind(file.kind.value), file.content))


def _line(entry: ItemEntry, at: datetime, name: str) -> tuple[date, datetime, ItemEvent, str, str]:
    words = entry.body or str(entry.detail.get("code", ""))
    return at.date(), at, entry.kind, name, words if len(words) <= QUOTED else words[: QUOTED - 1] + "…"


def _turning(turn: Turn, what: str, number: int, page: int, pages: int) -> Rows:
    back = turn.rows([[("back_to_item", f"item:look:{number}")]])
    return (*page_turn(turn, f"item:{what}:{number}", page, pages), *back)
