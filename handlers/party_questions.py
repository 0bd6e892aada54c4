"""The question who the parties of a dispute are.

A party is `{"key", "id", "home", "name", "phone"}`: a resident of the register, or somebody from outside by name. Its
key comes from who it is, so that an answer about one party never becomes another's when the list changes.
"""

import re
import unicodedata
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol, runtime_checkable

from handlers.inputs import Input, Picked, Pressed, Typed
from handlers.questions import CLEAR, DONE, Answered, Asked, Found, Half, Refusal, length_of

ADD, DROP = "!add", "!drop"
PAGE_SIZE = 8
MOST = 200
NAME_LIMIT = 40
_SHOWN = 12
Party = dict[str, Any]
Rows = list[list[tuple[str, str]]]  # value and word; a value that begins with "!" has the key of a word

# "1. ", "(2)", "三、" before a name; and a telephone number behind it.
_NUMBERED = re.compile(r"^\s*[(（]?(?:\d{1,3}|[一二三四五六七八九十]{1,3})[.．、)）:：]\s*")
_PHONE = re.compile(r"(?:[\s,，:：/]|(?<=\D))(?P<phone>\+?\d[\d\- ]{5,18}\d)\s*$")
_BETWEEN = re.compile(r"[\n、;；]")
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
PAGE = re.compile(r"!page\.(\d{1,3})", re.ASCII)


@runtime_checkable
class OwnRows(Protocol):
    """A question that puts up its own buttons, from what is answered and half answered; it may look up a press."""

    async def rows(self, scene: Any, asked: Asked) -> tuple[Rows, object | None]:
        """The buttons above those for going back, keeping and leaving; and the view of what a search has found.

        Raises RefusedError when what was chosen is no longer hers to see.
        """
        ...

    def so_far(self, asked: Asked) -> object | None:
        """The view of what is kept of a half answer."""
        ...

    async def look_up(self, scene: Any, given: Input, asked: Asked) -> Input:
        """`given`, authorised anew, with what is to be remembered. Raises RefusedError."""
        ...


@dataclass(frozen=True, slots=True)
class PartiesSoFar:
    """Who stands on the list already."""

    count: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FoundPeople:
    """What a search in the register has found."""

    query: str
    total: int
    page: int
    pages: int


def parties_in(answers: Mapping[str, Any]) -> list[Party]:
    """The parties that were named."""
    return list((answers.get("parties") or {}).get("parties", []))


@dataclass(frozen=True, slots=True)
class Parties:
    """The parties: residents are searched and pressed, anybody else is typed, one a line; a pasted list works too.

    `search(scene, answers, facts, query, offset, limit)` finds residents (never any for somebody without a register);
    `resolve(scene, resident)` authorises a press and gives the party; `around(scene, parties, answers, facts)` gives
    what is to be remembered once all are named.
    """

    search: Callable[[Any, Any, Any, str, int, int], Awaitable[Found]]
    resolve: Callable[[Any, int], Awaitable[Party]]
    around: Callable[[Any, Sequence[Party], Any, Any], Awaitable[dict[str, Any]]]
    reach: Callable[[Any, Sequence[Party]], Awaitable[None]]

    async def look_up(self, scene: Any, given: Input, asked: Asked) -> Input:
        match given:
            case Pressed(value="!done"):
                return Picked(DONE, await self.around(scene, _listed(asked), asked.answers, asked.facts))
            case Pressed(value=value) if _NUMBER.fullmatch(value):
                return Picked(int(value), {"party": await self.resolve(scene, int(value))})
            case Typed(text=text) if _is_query(text):
                found = await self.search(scene, asked.answers, asked.facts, text.strip(), 0, 1)
                return given if found.total else Picked(ADD, {"text": text})
        return given

    def take(self, given: Input, asked: Asked) -> Answered | Half | Refusal:
        partial: dict[str, Any] = {"parties": _listed(asked), "query": (asked.partial or {}).get("query", "")}
        match given:
            case Picked():
                return _picked(partial, given)
            case Typed(text=text) if _is_query(text):
                return Half({**partial, "query": text.strip()[:NAME_LIMIT], "page": 0})
            case Typed(text=text):
                return _with(partial, text)
            case Pressed(value=value):
                return _pressed(partial, value)
        return Refusal.NAME_THE_PARTIES

    async def rows(self, scene: Any, asked: Asked) -> tuple[Rows, object | None]:
        partial = asked.partial or {}
        listed = _listed(asked)
        await self.reach(scene, listed)
        query = partial.get("query", "")
        found, page = await self._page(scene, asked, query, int(partial.get("page", 0)))
        chosen = {party["id"] for party in listed if party["id"] is not None}
        rows: Rows = [[(str(value), ("✅ " if value in chosen else "") + name)] for value, name in found.options]
        pages = -(-found.total // PAGE_SIZE)
        rows += turning(page, pages)
        if query:
            rows.append([(ADD, "add_as_outsider")])
        if listed:
            rows.append([(DROP, "drop_last_party"), (DONE, "all_named")])
        return rows, FoundPeople(query, found.total, page + 1, pages) if query and found.total else None

    def so_far(self, asked: Asked) -> object | None:
        listed = _listed(asked)
        return PartiesSoFar(len(listed), tuple(party["name"] for party in listed[:_SHOWN])) if listed else None

    async def _page(self, scene: Any, asked: Asked, query: str, page: int) -> tuple[Found, int]:
        found = await self.search(scene, asked.answers, asked.facts, query, page * PAGE_SIZE, PAGE_SIZE)
        if page and not found.options:  # the list has become shorter, or somebody made the number up
            return await self.search(scene, asked.answers, asked.facts, query, 0, PAGE_SIZE), 0
        return found, page


def turning(page: int, pages: int) -> Rows:
    """The buttons that turn the pages of a list."""
    row = [(f"!page.{page - 1}", "previous")] if page > 0 else []
    row += [(f"!page.{page + 1}", "next")] if page + 1 < pages else []
    return [row] if row else []


def paged(words: Sequence[tuple[str, str]], page: int) -> Rows:
    """One page of a list, an entry a row, with the buttons that turn it."""
    pages = max(1, -(-len(words) // PAGE_SIZE))
    page = min(page, pages - 1)
    return [[word] for word in words[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]] + turning(page, pages)


def outsiders_in(text: str) -> list[Party] | None:
    """Those who are named in a typed text, each with the telephone number behind her name; None when it is no list."""
    read = []
    for line in _BETWEEN.split("\n".join(_NUMBERED.sub("", line) for line in text.splitlines())):
        if line.strip():
            party = _outsider(line)
            if party is None:
                return None
            read.append(party)
    return read


def _outsider(line: str) -> Party | None:
    line = unicodedata.normalize("NFKC", line)
    phone = _PHONE.search(line)
    name = line[: phone.start()] if phone else line
    name = "".join(char for char in " ".join(name.split()) if unicodedata.category(char) not in ("Cc", "Cf", "Cs"))
    name = name.strip(" ,:/-")
    if not any(char.isalpha() for char in name) or length_of(name) > NAME_LIMIT:
        return None
    number = " ".join(phone["phone"].split()) if phone else None
    # Two people of one name are told apart by their telephones.
    key = "o" + sha256(f"{name}|{number or ''}".encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return {"key": key, "id": None, "home": None, "name": name, "phone": number}


def _is_query(text: str) -> bool:
    """Whether typed words may be looked for in the register: one name, without a telephone number."""
    read = outsiders_in(text)
    return read is not None and len(read) == 1 and read[0]["phone"] is None


def _listed(asked: Asked) -> list[Party]:
    return list((asked.partial or {}).get("parties", []))


def _with(partial: dict[str, Any], text: str) -> Half | Refusal:
    """The list with those whom the text names; who stands there already is passed over."""
    read = outsiders_in(text)
    if not read:
        return Refusal.NAME_THE_PARTIES
    known = {party["name"]: party["phone"] for party in partial["parties"]}
    new = {party["key"]: party for party in read if not _is_known(party, known)}
    if not new:
        return Refusal.SAME_PARTY
    listed = [*partial["parties"], *new.values()]
    return Refusal.TOO_MANY_PARTIES if len(listed) > MOST else Half({"parties": listed})


def _is_known(party: Party, known: Mapping[str, str | None]) -> bool:
    return party["name"] in known and (not party["phone"] or party["phone"] == known[party["name"]])


def _picked(partial: dict[str, Any], given: Picked) -> Answered | Half | Refusal:
    if given.value == ADD:
        return _with(partial, given.facts["text"])
    if given.value == DONE:
        listed = partial["parties"]
        return Answered({"parties": listed}, given.facts) if listed else Refusal.NAME_THE_PARTIES
    return _toggled(partial, given.facts["party"])


def _toggled(partial: dict[str, Any], party: Party) -> Half | Refusal:
    others = [one for one in partial["parties"] if one["key"] != party["key"]]
    if len(others) == len(partial["parties"]):
        others.append(party)
    return Refusal.TOO_MANY_PARTIES if len(others) > MOST else Half({**partial, "parties": others})


def _pressed(partial: dict[str, Any], value: str) -> Half | Refusal:
    page = PAGE.fullmatch(value)
    if page is not None:
        return Half({**partial, "page": int(page[1])})
    if value == CLEAR:
        return Half(None)
    if value == DROP:
        return Half({**partial, "parties": partial["parties"][:-1]})
    if value == ADD and partial["query"]:
        return _with(partial, partial["query"])
    return Refusal.NO_SUCH_BUTTON
