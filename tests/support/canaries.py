"""Canaries in leads: a mark for every field that somebody fills in, and everything in which one could turn up.

A mark is found by its middle, which is plain letters: no escaping of a database, a log or JSON hides it.
"""

import base64
import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.ExifTags import Base
from sqlalchemy import text
from sqlmodel import SQLModel

from console.log import set_up_logging
from models.lead import FileKind
from models.session import Database
from tests.support.hands import Bench

# What somebody types, says or sends about a lead.
TYPED = (
    *("narrative", "persons", "terms", "refuge", "caption", "wrong", "astray", "searched", "edited", "unsent"),
    *("contacted", "verified", "supported", "followed", "revisited", "added", "corrected", "handon"),
    *(
        "request",
        "law",
        "declined",
        "reported",
        "whistled",
        "onit",
        "glass",
        "closing",
        "sentback",
        "closed",
        "reopened",
    ),
    *("raised", "lowered", "lawful", "disclosed", "withdrawn"),
)
# What the files hold in themselves, and what they are called.
IN_FILES = ("device", "comment", "sound", "filename")
# Of the register: the name and the door are readable in the database, because they are searched.
HOUSE = ("housename", "housedoor")
PHONE = ("housephone",)
# What kind of violence it is, in every word that the program has for it.
CATEGORY = ("性侵", "别洗澡", "强奸", "猥亵", "sexual")
# What a dispute says, and what somebody types while it is on its way.
DISPUTE = (
    *("facts", "spot", "party", "outsider", "partyphone", "wish"),
    *("matter", "feelings", "promises", "agreement", "meetingplace", "written", "history", "recusal"),
    *("askedfor", "answered"),
)
# What is written in a women's council. Titles and places may stand in its group chat; nothing may stand in a notice.
COUNCIL = (
    *("ctitle", "cplace", "cbody", "copinion", "casked", "canswered", "cproject", "cstep", "cprogress", "cresult"),
    *("cnotes", "cdecisions", "cfix", "creason"),
)
EVERY = (*TYPED, *IN_FILES, *HOUSE, *PHONE, *DISPUTE, *COUNCIL, "category")


def mark(name: str) -> str:
    """What is typed into the field `name`."""
    assert name in EVERY
    return f"鱻q{name}q鱻"


def marks_in(words: str) -> set[str]:
    """The names of the marks that are in `words`."""
    found = {name for name in EVERY if f"q{name}q" in words}
    return found | {"category"} if any(word in words for word in CATEGORY) else found


def marks_in_bytes(content: bytes) -> set[str]:
    """The same for bytes, in which a mark may also stand in another encoding."""
    words = content.decode("latin-1").lower()
    found = marks_in(words) - {"category"}
    for name in EVERY:
        plain = f"q{name}q".encode()
        forms = [plain.hex(), plain.decode().encode("utf-16-le").decode("latin-1")]
        # The three ways in which base64 can fall on it, without what its neighbours decide.
        forms += [base64.b64encode(bytes(shift) + plain)[4:-4].decode().lower() for shift in range(3)]
        if any(form in words for form in forms if len(form) > 6):
            found.add(name)
    return found


def a_picture() -> bytes:
    """A JPEG that names its device and carries a comment."""
    exif = Image.Exif()
    exif[Base.Make] = "qdeviceq"
    file = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(file, "JPEG", exif=exif, comment=b"qcommentq")
    assert marks_in_bytes(file.getvalue()) == {"device", "comment"}
    return file.getvalue()


def a_voice() -> bytes:
    """An Ogg file in which something is said."""
    return b"OggS\x00\x02" + bytes(20) + b"\x01OpusHead" + b"qsoundq" + bytes(200)


@dataclass(slots=True)
class Watch:
    """Everything that the bot shows to anybody, as it happens."""

    bench: Bench
    seq: int = 0
    buttons: set[str] = field(default_factory=set)
    toasts: list[str] = field(default_factory=list)

    def heard(self) -> dict[int, set[str]]:
        """The marks that each chat has been shown since the last look; chats with none are left out."""
        feed, shown = self.bench.box.world.feed, dict[int, set[str]]()
        for event in feed.since(self.seq):
            assert event["type"] != "reset", "the sandbox has forgotten some of it"
            message = event.get("message") or {}
            if message and not message["from"]["is_bot"]:
                continue
            self.buttons.update(_callback_data(event))
            if event["type"] == "answer":
                self.toasts.append(str(event["text"]))
            found = marks_in(json.dumps(event, ensure_ascii=False))
            if found:
                shown.setdefault(event["chat_id"], set()).update(found)
        self.seq = feed.seq
        return shown

    def left(self) -> dict[int, set[str]]:
        """The marks that stand in each chat now, said by whomever."""
        box = self.bench.box
        standing = {
            chat: marks_in("\n".join(json.dumps(one, ensure_ascii=False) for one in box.messages(chat)))
            for chat in box.world.chats
        }
        return {chat: found for chat, found in standing.items() if found}

    def files_of_the_bot(self) -> list[tuple[str, bytes]]:
        """Kind and bytes of every file that the bot has sent and that still stands somewhere."""
        box = self.bench.box
        messages = [one for chat in box.world.chats for one in box.messages(chat) if one["from"]["is_bot"]]
        return [
            (kind.value, _bytes_of(box.world, one[kind.value]))
            for kind in FileKind
            for one in messages
            if kind.value in one
        ]


def _bytes_of(world: Any, sent: Any) -> bytes:
    file_id = (sent[-1] if isinstance(sent, list) else sent)["file_id"]
    return bytes(world.blobs[world.files[file_id].blob])


def _callback_data(anything: Any) -> Iterator[str]:
    if isinstance(anything, dict):
        if "callback_data" in anything:
            yield anything["callback_data"]
        anything = list(anything.values())
    if isinstance(anything, list):
        for value in anything:
            yield from _callback_data(value)


@dataclass(frozen=True, slots=True)
class Logs:
    """What is logged: as the program writes it, and as a plain handler would, with every exception's message."""

    ours: io.StringIO = field(default_factory=io.StringIO)
    plain: io.StringIO = field(default_factory=io.StringIO)


@contextmanager
def whole_log() -> Iterator[Logs]:
    """Everything that is logged, at its most talkative."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    noisy = {name: one.level for name, one in root.manager.loggerDict.items() if isinstance(one, logging.Logger)}
    set_up_logging("DEBUG")
    logs = Logs()
    root.handlers[0].setStream(logs.ours)  # type: ignore[attr-defined]
    root.addHandler(logging.StreamHandler(logs.plain))
    try:
        yield logs
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for name, one in noisy.items():
            logging.getLogger(name).setLevel(one)


async def dumped(database: Database) -> bytes:
    """What somebody without the keys can read: every column of every table, and the files of an embedded database."""
    found: list[bytes] = []
    if database.is_sqlite:
        file = Path(database.url.split("///")[1])
        found += [one.read_bytes() for one in (file, file.with_name(f"{file.name}-wal")) if one.exists()]
    async with database.transaction() as session:
        for name, table in SQLModel.metadata.tables.items():
            for column in table.columns:
                values = await session.execute(text(f'SELECT "{column.name}" FROM "{name}"'))
                found += [value if isinstance(value, bytes) else str(value).encode() for (value,) in values]
    return b"\n".join(found)
