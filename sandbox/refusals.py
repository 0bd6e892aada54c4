"""The ways in which Telegram says no."""

from __future__ import annotations

from typing import Any

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current"
    " content and reply markup of the message"
)
TOO_OLD_QUERY = "query is too old and response timeout expired or query ID is invalid"


class Refused(Exception):
    """A request that Telegram would answer with `ok: false`."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        """The JSON that the bot receives."""
        answer: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            answer["parameters"] = self.parameters
        return answer


class Unclear(Exception):
    """Something that the chat page or a test asked for and that cannot be done; its text is one clear sentence."""


def bad(text: str, **parameters: int) -> Refused:
    """400: the request itself is wrong."""
    return Refused(400, f"Bad Request: {text}", **parameters)


def forbidden(text: str) -> Refused:
    """403: the bot may not do this, however often it asks."""
    return Refused(403, f"Forbidden: {text}")


def conflict(text: str) -> Refused:
    """409: two ways of receiving updates exclude each other."""
    return Refused(409, f"Conflict: {text}")


def too_many(retry_after: int) -> Refused:
    """429: ask again after so many seconds."""
    return Refused(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


def not_found() -> Refused:
    """404: there is no such method, or the path is malformed."""
    return Refused(404, "Not Found")
