"""Misbehaviour on request."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from sandbox.records import Json
from sandbox.refusals import Unclear

ANSWERS = {"too_many", "server_error", "hang", "lost", "cut"}
HANDOUTS = {"duplicate_updates", "shuffled_updates", "mixed_chats", "late_duplicates"}
NUMBERS = ("count", "skip", "retry_after", "percent")
AT_ONCE = {"malformed_update", "migrate", "restart_ids"}


@dataclass
class Fault:
    """One kind of trouble: for which calls, after how many (`skip`), how often (`count`), and how many in a hundred
    of these calls it strikes, by chance.
    """

    kind: str
    method: str = "*"
    chat_id: int | None = None
    count: int = 1
    skip: int = 0
    retry_after: int = 1
    percent: int = 100

    def concerns(self, method: str, chat_id: str) -> bool:
        """Whether a call of `method` (in lower case) with this chat is meant."""
        if self.method not in {"*", method}:
            return False
        return self.chat_id is None or str(self.chat_id) == chat_id


class Faults:
    """The faults still to come."""

    def __init__(self, rng: random.Random) -> None:
        self.waiting: list[Fault] = []
        self._rng = rng

    def add(self, wish: Json) -> Fault:
        """Orders a fault. Raises `Unclear` for one that does not exist."""
        kind = str(wish.get("kind"))
        if kind not in ANSWERS | HANDOUTS | AT_ONCE:
            raise Unclear(f"There is no fault of the kind {kind!r}.")
        try:
            chat_id = None if wish.get("chat_id") is None else int(wish["chat_id"])
            numbers = {name: int(wish[name]) for name in NUMBERS if name in wish}
        except (TypeError, ValueError):
            raise Unclear(f"chat_id, {', '.join(NUMBERS)} are whole numbers.") from None
        fault = Fault(kind, str(wish.get("method") or "*").lower().replace("_", ""), chat_id, **numbers)
        if kind == "migrate" and chat_id is None:
            raise Unclear("migrate needs the chat_id of a group.")
        if kind not in AT_ONCE:
            self.waiting.append(fault)
        return fault

    def take(self, kinds: set[str], method: str, chat_id: Any) -> Fault | None:
        """The fault that strikes this call, if any, and counts it."""
        if not self.waiting:
            return None
        for fault in self.waiting:
            if fault.kind not in kinds or not fault.concerns(method, str(chat_id)):
                continue
            if fault.percent < 100 and self._rng.random() * 100 >= fault.percent:
                continue
            if fault.skip > 0:
                fault.skip -= 1
                return None
            fault.count -= 1
            if fault.count <= 0:
                self.waiting.remove(fault)
            return fault
        return None

    def clear(self) -> None:
        """Ends all misbehaviour."""
        self.waiting.clear()
