"""Telegram's MarkdownV2 and its older Markdown."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.html_text import link_entity, units
from sandbox.records import Json
from sandbox.refusals import Refused, bad

RESERVED = set("_*[]()~`>#+-=|{}.!")
MARKS = {"*": "bold", "__": "underline", "_": "italic", "~": "strikethrough", "||": "spoiler"}
OLD_MARKS = {"*": "bold", "_": "italic"}


@dataclass
class _Reader:
    source: str
    at: int = 0
    out: list[str] = field(default_factory=list)
    offset: int = 0
    opened: list[tuple[str, int, int]] = field(default_factory=list)
    entities: list[Json] = field(default_factory=list)

    def put(self, text: str) -> None:
        self.out.append(text)
        self.offset += units(text)

    def refuse(self, problem: str, at: int) -> Refused:
        offset = len(self.source[:at].encode("utf-8", "surrogatepass"))
        return bad(f"can't parse entities: {problem} {offset}")

    def close(self, start: int, extra: Json) -> None:
        if self.offset > start:
            self.entities.append({"offset": start, "length": self.offset - start, **extra})


def parse_markdown(source: str) -> tuple[str, list[Json]]:
    """MarkdownV2: the text without marks, and its entities. Raises `Refused` (400) for an unescaped mark."""
    reader = _Reader(source)
    quote: int | None = None
    while reader.at < len(source):
        letter = source[reader.at]
        line_start = reader.at == 0 or source[reader.at - 1] == "\n"
        if line_start and letter == ">":
            quote = reader.offset if quote is None else quote
            reader.at += 1
        elif letter == "\n" and quote is not None and source[reader.at + 1 : reader.at + 2] != ">":
            reader.close(quote, {"type": "blockquote"})
            quote = None
            _plain(reader)
        else:
            _step(reader, letter)
    if reader.opened:
        mark, _, at = reader.opened[-1]
        raise reader.refuse(f"Can't find end of {_name(mark)} entity at byte offset", at)
    if quote is not None:
        reader.close(quote, {"type": "blockquote"})
    return "".join(reader.out), reader.entities


def _step(reader: _Reader, letter: str) -> None:
    follower = reader.source[reader.at + 1 : reader.at + 2]
    if letter == "\\" and follower and ord(follower) < 128:
        reader.at += 1
        _plain(reader)
    elif letter == "`":
        _code(reader)
    elif (mark := _mark(reader)) is not None:
        _toggle(reader, mark)
    elif letter == "[" or (letter == "!" and follower == "["):
        reader.opened.append(("[", reader.offset, reader.at))
        reader.at += 2 if letter == "!" else 1
    elif letter == "]" and reader.opened and reader.opened[-1][0] == "[":
        _link(reader)
    elif letter in RESERVED:
        raise bad(f"can't parse entities: Character '{letter}' is reserved and must be escaped with the preceding '\\'")
    else:
        _plain(reader)


def _plain(reader: _Reader) -> None:
    reader.put(reader.source[reader.at])
    reader.at += 1


def _mark(reader: _Reader) -> str | None:
    for length in (2, 1):
        mark = reader.source[reader.at : reader.at + length]
        if len(mark) == length and mark in MARKS:
            return mark
    return None


def _toggle(reader: _Reader, mark: str) -> None:
    at = reader.at
    reader.at += len(mark)
    if reader.opened and reader.opened[-1][0] == mark:
        _, start, _ = reader.opened.pop()
        reader.close(start, {"type": MARKS[mark]})
    elif any(opened[0] == mark for opened in reader.opened):
        raise reader.refuse(f"Can't find end of {_name(reader.opened[-1][0])} entity at byte offset", at)
    else:
        reader.opened.append((mark, reader.offset, at))


def _name(mark: str) -> str:
    return {**{sign: kind.capitalize() for sign, kind in MARKS.items()}, "[": "TextUrl"}[mark]


def _code(reader: _Reader) -> None:
    start = reader.at
    fence = "```" if reader.source.startswith("```", start) else "`"
    end = start + len(fence)
    body: list[str] = []
    while not reader.source.startswith(fence, end):
        if end >= len(reader.source):
            name = "Pre" if len(fence) == 3 else "Code"
            raise reader.refuse(f"Can't find end of {name} entity at byte offset", start)
        if reader.source[end] == "\\" and reader.source[end + 1 : end + 2] in {"`", "\\"}:
            end += 1
        body.append(reader.source[end])
        end += 1
    reader.at = end + len(fence)
    _put_code(reader, "".join(body), fence)


def _put_code(reader: _Reader, body: str, fence: str) -> None:
    start = reader.offset
    if fence == "`":
        reader.put(body)
        reader.close(start, {"type": "code"})
        return
    language, newline, rest = body.partition("\n")
    if newline and not language.strip():
        body, language = rest, ""
    elif newline and " " not in language:
        body = rest
    else:
        language = ""
    reader.put(body.removesuffix("\n"))
    reader.close(start, {"type": "pre", **({"language": language} if language else {})})


def _link(reader: _Reader) -> None:
    _, start, at = reader.opened.pop()
    text = "".join(reader.out)[-(reader.offset - start) or len(reader.source) :]
    reader.at += 1
    url = text
    if reader.source[reader.at : reader.at + 1] == "(":
        end = reader.source.find(")", reader.at)
        if end < 0:
            raise reader.refuse("Can't find end of a URL at byte offset", reader.at)
        url = reader.source[reader.at + 1 : end].replace("\\", "")
        reader.at = end + 1
    if reader.source[at] == "!":
        emoji = url.removeprefix("tg://emoji?id=")
        reader.close(start, {"type": "custom_emoji", "custom_emoji_id": emoji})
        return
    for meant in link_entity(url):
        reader.close(start, meant)


def parse_old_markdown(source: str) -> tuple[str, list[Json]]:
    """The older Markdown: no nesting, a mark without its end is refused."""
    reader = _Reader(source)
    while reader.at < len(source):
        letter = source[reader.at]
        if letter == "\\" and source[reader.at + 1 : reader.at + 2] in set("_*`["):
            reader.at += 1
            _plain(reader)
        elif letter == "`":
            _code(reader)
        elif letter in OLD_MARKS:
            _old_entity(reader, letter)
        elif letter == "[" and "](" in source[reader.at :]:
            _old_link(reader)
        else:
            _plain(reader)
    return "".join(reader.out), reader.entities


def _old_entity(reader: _Reader, mark: str) -> None:
    end = reader.source.find(mark, reader.at + 1)
    if end < 0:
        raise reader.refuse("Can't find end of the entity starting at byte offset", reader.at)
    start = reader.offset
    reader.put(reader.source[reader.at + 1 : end])
    reader.at = end + 1
    reader.close(start, {"type": OLD_MARKS[mark]})


def _old_link(reader: _Reader) -> None:
    middle = reader.source.index("](", reader.at)
    end = reader.source.find(")", middle)
    if end < 0:
        raise reader.refuse("Can't find end of the entity starting at byte offset", reader.at)
    start = reader.offset
    reader.put(reader.source[reader.at + 1 : middle])
    reader.at = end + 1
    for meant in link_entity(reader.source[middle + 2 : end]):
        reader.close(start, meant)
