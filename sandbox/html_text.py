"""Telegram's HTML: a few tags become entities with offsets in UTF-16 units, anything else is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sandbox.records import Json
from sandbox.refusals import Refused, bad

SIMPLE = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
TAGS = {*SIMPLE, "a", "code", "pre", "blockquote", "tg-emoji", "tg-time"}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
REFERENCE = re.compile(r"&(?:#(?P<decimal>[0-9]{1,8})|#[xX](?P<hex>[0-9a-fA-F]{1,6})|(?P<name>lt|gt|amp|quot));?")
PLAIN = re.compile(r"[^<&]+")
TAG_NAME = re.compile(r"[^\s>]*")
SPACES = re.compile(r"\s*")
ATTRIBUTE_NAME = re.compile(r"[^\s=>/\"']*")
NAME_TOKEN = re.compile(r"[A-Za-z0-9.\-]*")


def units(text: str) -> int:
    """The length of a text in UTF-16 code units, as Telegram counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass
class _Open:
    tag: str
    argument: str
    offset: int
    text_start: int


@dataclass
class _Reader:
    source: str
    at: int = 0
    out: list[str] = field(default_factory=list)
    offset: int = 0
    opened: list[_Open] = field(default_factory=list)
    entities: list[Json] = field(default_factory=list)

    def put(self, text: str) -> None:
        self.out.append(text)
        self.offset += units(text)

    def refuse(self, problem: str, at: int, rest: str = "") -> Refused:
        offset = len(self.source[:at].encode("utf-8", "surrogatepass"))
        return bad(f"can't parse entities: {problem} at byte offset {offset}{rest}")

    def skip_spaces(self) -> None:
        found = SPACES.match(self.source, self.at)
        self.at = found.end() if found else self.at

    def take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.source, self.at)
        taken = found.group() if found else ""
        self.at += len(taken)
        return taken

    def here(self) -> str:
        return self.source[self.at : self.at + 1]


def parse_html(source: str) -> tuple[str, list[Json]]:
    """The text without tags, and its entities in the order of Telegram. Raises `Refused` (400) for a wrong tag."""
    reader = _Reader(source)
    while reader.at < len(source):
        letter = source[reader.at]
        if letter == "<":
            _tag(reader)
        elif letter == "&":
            _reference(reader)
        else:
            reader.put(reader.take(PLAIN))
    if reader.opened:
        tag = reader.opened[-1].tag
        raise bad(f"can't parse entities: Can't find end tag corresponding to start tag \"{tag}\"")
    return "".join(reader.out), reader.entities


def _reference(reader: _Reader) -> None:
    letter, length = _decode(reader.source, reader.at)
    reader.at += length
    reader.put(letter)


def _decode(source: str, at: int) -> tuple[str, int]:
    """The letter meant by the reference at `at` and the reference's length; a lone & means itself."""
    found = REFERENCE.match(source, at)
    if found is None:
        return "&", 1
    if found["name"]:
        return NAMED[found["name"]], len(found.group())
    code = int(found["decimal"]) if found["decimal"] else int(found["hex"], 16)
    if code == 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return "&", 1
    return chr(code), len(found.group())


def _tag(reader: _Reader) -> None:
    start = reader.at
    reader.at += 1
    if reader.here() == "/":
        reader.at += 1
        _end_tag(reader, start)
    else:
        _start_tag(reader, start)


def _start_tag(reader: _Reader, start: int) -> None:
    tag = reader.take(TAG_NAME).lower()
    if not reader.here():
        raise reader.refuse("Unclosed start tag", start)
    if tag not in TAGS:
        raise reader.refuse(f'Unsupported start tag "{tag}"', start)
    argument = ""
    while True:
        reader.skip_spaces()
        if reader.here() == ">":
            break
        argument = _attribute(reader, tag, start) or argument
    reader.at += 1
    if tag == "span" and argument != "spoiler":
        raise reader.refuse('Tag "span" must have class "tg-spoiler"', start)
    reader.opened.append(_Open(tag, argument, reader.offset, len(reader.out)))


def _attribute(reader: _Reader, tag: str, start: int) -> str:
    name = reader.take(ATTRIBUTE_NAME).lower()
    if not reader.here():
        raise reader.refuse(f'Unclosed start tag "{tag}"', start)
    if not name:
        raise reader.refuse(f'Empty attribute name in the tag "{tag}"', start)
    reader.skip_spaces()
    if reader.here() != "=":
        return "expandable" if (tag, name) == ("blockquote", "expandable") else ""
    reader.at += 1
    reader.skip_spaces()
    value = _quoted(reader) if reader.here() in {'"', "'"} else _bare(reader)
    if not reader.here():
        raise reader.refuse("Unclosed start tag", start)
    return _meaning(tag, name, value)


def _quoted(reader: _Reader) -> str:
    end = reader.here()
    reader.at += 1
    value: list[str] = []
    while reader.here() not in {end, ""}:
        letter, length = _decode(reader.source, reader.at) if reader.here() == "&" else (reader.here(), 1)
        value.append(letter)
        reader.at += length
    reader.at += 1
    return "".join(value)


def _bare(reader: _Reader) -> str:
    start = reader.at
    value = reader.take(NAME_TOKEN).lower()
    if reader.here() and not reader.here().isspace() and reader.here() != ">":
        raise reader.refuse("Unexpected end of name token", start)
    return value


def _meaning(tag: str, name: str, value: str) -> str:
    if (tag, name) in {("a", "href"), ("tg-emoji", "emoji-id"), ("tg-time", "unix")}:
        return value
    if (tag, name) == ("code", "class") and value.startswith("language-"):
        return value.removeprefix("language-")
    if (tag, name) == ("span", "class") and value.startswith("tg-"):
        return value.removeprefix("tg-")
    return "expandable" if (tag, name) == ("blockquote", "expandable") else ""


def _end_tag(reader: _Reader, start: int) -> None:
    if not reader.opened:
        raise reader.refuse("Unexpected end tag", start)
    name = reader.take(TAG_NAME).lower()
    reader.skip_spaces()
    if reader.here() != ">":
        raise reader.refuse("Unclosed end tag", start)
    reader.at += 1
    opened = reader.opened.pop()
    if name and name != opened.tag:
        rest = f', expected "</{opened.tag}>", found "</{name}>"'
        raise reader.refuse("Unmatched end tag", start, rest)
    if reader.offset > opened.offset:
        _close(reader, opened)


def _close(reader: _Reader, opened: _Open) -> None:
    entity: Json = {"offset": opened.offset, "length": reader.offset - opened.offset}
    if opened.tag in SIMPLE:
        reader.entities.append({**entity, "type": SIMPLE[opened.tag]})
    elif opened.tag == "a":
        link = opened.argument or "".join(reader.out[opened.text_start :])
        reader.entities.extend({**entity, **meant} for meant in link_entity(link))
    elif opened.tag in {"pre", "code"}:
        _close_code(reader, opened, entity)
    elif opened.tag == "blockquote":
        kind = "expandable_blockquote" if opened.argument else "blockquote"
        reader.entities.append({**entity, "type": kind})
    elif opened.tag == "tg-emoji":
        reader.entities.append({**entity, "type": "custom_emoji", "custom_emoji_id": opened.argument})


def _close_code(reader: _Reader, opened: _Open, entity: Json) -> None:
    """A <code class="language-x"> that fills a <pre> makes one `pre` with a language; so does the reverse."""
    last = reader.entities[-1] if reader.entities else {}
    same = (last.get("offset"), last.get("length")) == (entity["offset"], entity["length"])
    if same and {str(last.get("type")), opened.tag} == {"pre", "code"}:
        language = opened.argument or str(last.pop("language", ""))
        reader.entities.pop()
        reader.entities.append({**entity, "type": "pre", **({"language": language} if language else {})})
        return
    extra = {"language": opened.argument} if opened.argument and opened.tag == "code" else {}
    reader.entities.append({**entity, "type": opened.tag, **extra})


def link_entity(link: str) -> list[Json]:
    """What a link in a text becomes: a link, a mention of a person, or nothing when the address is invalid."""
    person = re.fullmatch(r"tg://user\?id=(\d{1,19})", link)
    if person:
        return [{"type": "text_mention", "user_id": int(person[1])}]
    if re.fullmatch(r"tg:(//)?\S+", link):
        return [{"type": "text_link", "url": link}]
    found = re.fullmatch(r"(?:(https?|ton)://)?([^\s/?#]+)([/?#]\S*)?", link, re.IGNORECASE)
    if found is None or not re.search(r"\.\w{2,}(:\d+)?$|^localhost(:\d+)?$|^[\d.]+(:\d+)?$", found[2]):
        return []
    return [{"type": "text_link", "url": (found[1] or "http").lower() + "://" + found[2] + (found[3] or "/")}]
