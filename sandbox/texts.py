"""Turns what a bot or a person wrote into a text with entities, as Telegram would show it."""

from __future__ import annotations

import re
from typing import Any

from sandbox.call import Call
from sandbox.html_text import parse_html, units
from sandbox.markdown_text import parse_markdown, parse_old_markdown
from sandbox.records import Json, kind_of
from sandbox.refusals import bad
from sandbox.world import World

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
NESTING = {
    "expandable_blockquote": 0,
    "blockquote": 0,
    "pre": 1,
    "code": 2,
    "text_link": 3,
    "text_mention": 3,
    "bold": 4,
    "italic": 5,
    "underline": 6,
    "strikethrough": 7,
    "spoiler": 8,
    "custom_emoji": 9,
}
FOUND = re.compile(
    r"(?P<url>(?:https?://)[^\s<>\"，。；！？、（）]+|(?<![\w@./-])(?:[a-zA-Z0-9-]+\.)+(?:com|org|net|cn|gov|edu|io|me|info)"
    r"(?![\w-])(?:[/?#][^\s<>\"，。；！？、（）]*)?)"
    r"|(?P<email>(?<![\w.])[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?<![\w/])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?)(?![\w/])"
    r"|(?<!\w)(?P<mention>@[A-Za-z][A-Za-z0-9_]{2,31})(?!\w)"
    r"|(?<!\w)(?P<hashtag>#\w*[^\W\d_]\w*)"
)
MARKS = ("/", "@", "#", ".")
CODE = {"pre", "code"}
OPAQUE = {"pre", "code", "text_link", "text_mention", "custom_emoji"}
UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\r]")


def read_text(call: Call) -> Json:
    """`text` and `entities` of a message. Raises `Refused` when it is empty, too long or cannot be parsed."""
    text, entities = read_formatted(call, "text", "entities", call.text("parse_mode"))
    if not text:
        raise bad("message text is empty")
    if units(text) > TEXT_LIMIT:
        raise bad("message is too long")
    return {"text": text, "entities": entities} if entities else {"text": text}


def read_caption(call: Call, source: Json | None = None) -> Json:
    """`caption` and `caption_entities`, or nothing. Raises `Refused` when it is too long or cannot be parsed."""
    part = call if source is None else Call(call.world, call.method, source, {})
    text, entities = read_formatted(part, "caption", "caption_entities", part.text("parse_mode"))
    if units(text) > CAPTION_LIMIT:
        raise bad("message caption is too long")
    if not text:
        return {}
    return {"caption": text, "caption_entities": entities} if entities else {"caption": text}


def read_formatted(call: Call, name: str, entities_name: str, parse_mode: str) -> tuple[str, list[Json]]:
    """A text parameter and its entities, trimmed, with links and commands found."""
    text = call.text(name)
    entities: list[Json] = []
    mode = parse_mode.lower()
    if mode == "html":
        text, entities = parse_html(text)
    elif mode == "markdownv2":
        text, entities = parse_markdown(text)
    elif mode == "markdown":
        text, entities = parse_old_markdown(text)
    elif mode and mode != "none":
        raise bad("unsupported parse_mode")
    else:
        entities = _given(call.structure(entities_name, "entities"))
    return finish(call.world, text, entities)


def finish(world: World, text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Cleans and trims a text, moves its entities along, and adds those that Telegram finds by itself."""
    text = UNWANTED.sub(" ", text.replace("\r\n", "\n"))
    trimmed = text.strip()
    if entities:
        lead = units(text[: len(text) - len(text.lstrip())])
        entities = _move(entities, lead, units(trimmed))
        entities = _tidy(world, entities)
    if any(mark in trimmed for mark in MARKS):
        entities = entities + _found(trimmed, entities)
    if len(entities) > 1:
        entities.sort(key=lambda entity: (entity["offset"], -entity["length"], NESTING.get(entity["type"], 9)))
    return trimmed, entities


def _given(entities: Any) -> list[Json]:
    if not entities:
        return []
    if not isinstance(entities, list) or not all(isinstance(entity, dict) for entity in entities):
        raise bad("can't parse entities: expected an Array of MessageEntity")
    for entity in entities:
        if not isinstance(entity.get("offset"), int) or not isinstance(entity.get("length"), int):
            raise bad('can\'t parse MessageEntity: Field "offset" must be of type Number')
    return [dict(entity) for entity in entities if entity["offset"] >= 0 and kind_of(entity) in NESTING]


def _move(entities: list[Json], lead: int, length: int) -> list[Json]:
    moved: list[Json] = []
    for entity in entities:
        start = max(entity["offset"] - lead, 0)
        end = min(entity["offset"] + entity["length"] - lead, length)
        if end > start:
            moved.append({**entity, "offset": start, "length": end - start})
    return moved


def _tidy(world: World, entities: list[Json]) -> list[Json]:
    """Nothing nests inside code; a mentioned person must exist; only `pre` has a language."""
    codes = [_span(entity) for entity in entities if entity["type"] in CODE]
    kept: list[Json] = []
    for entity in entities:
        kind = entity["type"]
        if kind != "pre":
            entity.pop("language", None)
        if kind not in CODE and any(_inside(_span(entity), code) for code in codes):
            continue
        if kind == "text_mention":
            person = _mentioned(world, entity)
            if person is None:
                continue
            entity["user"] = person
        kept.append(entity)
    return kept


def _mentioned(world: World, entity: Json) -> Json | None:
    user = entity.get("user")
    number = entity.pop("user_id", None) or (user.get("id") if isinstance(user, dict) else None)
    person = world.people.get(number) if isinstance(number, int) else None
    return person.user() if person else None


def _span(entity: Json) -> tuple[int, int]:
    return entity["offset"], entity["offset"] + entity["length"]


def _inside(inner: tuple[int, int], outer: tuple[int, int]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _found(text: str, entities: list[Json]) -> list[Json]:
    taken = [_span(entity) for entity in entities if entity["type"] in OPAQUE]
    found: list[Json] = []
    for match in FOUND.finditer(text):
        content = match.group().rstrip(".,:;!?'")
        start = units(text[: match.start()])
        end = start + units(content)
        if all(end <= other[0] or other[1] <= start for other in taken):
            found.append({"offset": start, "length": end - start, "type": match.lastgroup})
    return found
