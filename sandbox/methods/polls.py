"""sendPoll and stopPoll."""

from __future__ import annotations

from typing import Any

from sandbox.call import Call
from sandbox.keyboards import read_markup
from sandbox.methods.sending import deliver
from sandbox.records import Json, StoredPoll
from sandbox.refusals import bad
from sandbox.texts import finish

QUESTION_LENGTH = 300
OPTION_LENGTH = 100
MOST_OPTIONS = 12


def send_poll(call: Call) -> Json:
    """sendPoll."""
    chat = call.open_chat()
    poll = _poll(call)
    message = deliver(call, chat, {"poll": poll})
    stored = StoredPoll(poll["id"], poll, chat.id, message["message_id"])
    call.world.polls[stored.id] = stored
    call.world.mark("poll", stored.id)
    return message


def _poll(call: Call) -> Json:
    question = call.text("question").strip()
    if not question:
        raise bad("poll question must be non-empty")
    if len(question) > QUESTION_LENGTH:
        raise bad(f"poll question length must not exceed {QUESTION_LENGTH}")
    kind = call.text("type") or "regular"
    if kind not in {"regular", "quiz"}:
        raise bad("unsupported poll type specified")
    poll: Json = {
        "id": call.world.unused(call.world.polls),
        "question": question,
        "options": _options(call),
        "total_voter_count": 0,
        "is_closed": call.flag("is_closed"),
        "is_anonymous": call.flag("is_anonymous") if "is_anonymous" in call.params else True,
        "type": kind,
        "allows_multiple_answers": call.flag("allows_multiple_answers"),
        "allows_revoting": kind == "regular",
        "members_only": False,
    }
    if kind == "quiz":
        poll.update(_quiz(call, len(poll["options"])))
    return poll


def _options(call: Call) -> list[Json]:
    wished: Any = call.structure("options", "options")
    if not isinstance(wished, list):
        raise bad("expected an Array of String as options")
    texts = [_option_text(option) for option in wished]
    if not texts:
        raise bad("poll must have at least 1 option")
    if len(texts) > MOST_OPTIONS:
        raise bad(f"poll can't have more than {MOST_OPTIONS} options")
    return [
        {"persistent_id": str(place), "text": finish(call.world, text, [])[0], "voter_count": 0}
        for place, text in enumerate(texts)
    ]


def _option_text(option: Any) -> str:
    text = option.get("text") if isinstance(option, dict) else option
    if not isinstance(text, str):
        raise bad("expected an option to be of type String")
    if not text.strip():
        raise bad("poll options must be non-empty")
    if len(text) > OPTION_LENGTH:
        raise bad(f"poll options length must not exceed {OPTION_LENGTH}")
    return text


def _quiz(call: Call, options: int) -> Json:
    right: Any = call.structure("correct_option_ids", "correct option identifiers")
    if right is None and call.number("correct_option_id") is not None:
        right = [call.number("correct_option_id")]
    if not right or not all(isinstance(place, int) and 0 <= place < options for place in right):
        raise bad("invalid correct option identifier specified")
    return {"correct_option_id": right[0], "correct_option_ids": right}


def stop_poll(call: Call) -> Json:
    """stopPoll."""
    chat = call.open_chat()
    message = call.message(chat, "message with poll to stop")
    if "poll" not in message or message["from"]["id"] != call.world.bot_id:
        raise bad("message with poll to stop can't be edited" if "poll" in message else "message is not a poll")
    stored = call.world.polls.get(message["poll"]["id"])
    if stored is None or stored.poll["is_closed"]:
        raise bad("poll has already been closed")
    markup = read_markup(call, chat)
    stored.poll = {**stored.poll, "is_closed": True}
    call.world.mark("poll", stored.id)
    changed = {name: value for name, value in message.items() if name != "reply_markup"}
    changed["poll"] = stored.poll
    if markup and markup.get("inline_keyboard"):
        changed["reply_markup"] = markup
    call.world.change(chat, changed)
    return stored.poll
