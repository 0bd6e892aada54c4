"""A button in a group that one person presses many times a second is one press, and each time answered alike."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from domain.channel import Outgoing, PressAnswer


class GroupPresses:
    """What each person pressed last in a group, among the updates that are handled together."""

    def __init__(self) -> None:
        self._last: dict[int, tuple[str, PressAnswer]] = {}

    def again(self, raw: Mapping[str, Any], user_id: int) -> PressAnswer | None:
        """The answer to a press that is the same as her last one; None for any other update."""
        query = raw.get("callback_query") or {}
        data, answer = self._last.get(user_id, ("", None))
        return replace(answer, callback_id=query["id"]) if answer is not None and query.get("data") == data else None

    def forget(self, user_id: int) -> None:
        """She has done something else since: the same press would no longer come to the same."""
        self._last.pop(user_id, None)

    def note(self, raw: Mapping[str, Any], user_id: int, replies: Sequence[Outgoing | PressAnswer]) -> None:
        """Remember how her press was answered, if it was one."""
        data = (raw.get("callback_query") or {}).get("data")
        answers = [reply for reply in replies if isinstance(reply, PressAnswer)]
        if isinstance(data, str) and answers:
            self._last[user_id] = (data, answers[0])
