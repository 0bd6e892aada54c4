"""What Telegram means when it refuses a message: from its answer to an outcome.

The Bot API says it in English prose; the phrases below are the ones its server is known to use.
"""

from enum import Enum, auto

from handlers.api import Answer


class Cause(Enum):
    """Why a message was refused, as far as it changes what happens next."""

    UNCHANGED = auto()  # an edit to what is already there
    EDIT_LOST = auto()  # the message to edit is gone or too old
    MIGRATED = auto()
    GONE = auto()  # blocked, deactivated, kicked, or no such chat
    WAIT = auto()  # too many requests
    UNSURE = auto()  # the server failed; it may have acted before
    TOKEN = auto()
    FOR_GOOD = auto()


_GONE = (
    "chat not found",
    "user not found",
    "user is deactivated",
    "group chat was deactivated",
    "peer_id_invalid",
    "chat_write_forbidden",
    "have no rights to send",
    "not enough rights to send",
)
_EDIT_LOST = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "message identifier is not specified",
    "there is no text in the message to edit",
)


def cause(answer: Answer) -> Cause:
    """The meaning of an answer that is not ok."""
    if answer.migrated_to is not None:
        return Cause.MIGRATED
    by_code = {401: Cause.TOKEN, 403: Cause.GONE, 404: Cause.TOKEN, 429: Cause.WAIT}
    if answer.code in by_code:
        return by_code[answer.code]
    if answer.code >= 500:
        return Cause.UNSURE
    return _bad_request(answer.description.lower())


def _bad_request(said: str) -> Cause:
    if "message is not modified" in said:
        return Cause.UNCHANGED
    if any(phrase in said for phrase in _EDIT_LOST):
        return Cause.EDIT_LOST
    if any(phrase in said for phrase in _GONE):
        return Cause.GONE
    return Cause.FOR_GOOD


def loggable(description: str) -> str:
    """A refusal's prose without what it may quote: Telegram repeats parts of the text it could not parse.

    Everything from the first quotation mark on goes, and everything that is not plain ASCII.
    """
    said = description.split('"', 1)[0]
    return "".join(letter for letter in said if letter.isascii() and letter.isprintable())[:80].strip()
