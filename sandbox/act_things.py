"""Acts that send more than words: files, places, contacts, forwards, votes."""

from __future__ import annotations

from typing import Any

from sandbox.acts import Act, Acting, say
from sandbox.call import Upload
from sandbox.methods.copying import forwarded
from sandbox.methods.media import location as read_location
from sandbox.records import Json, StoredPoll
from sandbox.refusals import Unclear
from sandbox.shelf import keep
from sandbox.texts import read_caption


def sends(kind: str) -> Act:
    """The act of sending a photo, voice, document or sticker."""

    def send(acting: Acting) -> Json:
        acting.inside()
        upload = acting.fields.uploads.get("file")
        if upload is None:
            raise Unclear("There is no file.")
        if kind == "document":
            upload = Upload(upload.name or "file", upload.mime_type, upload.content)
        duration = acting.fields.number("duration")
        about = {"duration": duration} if kind == "voice" and duration else {}
        content = {kind: keep(acting.world, kind, upload, about)}
        if kind != "sticker":
            content.update(read_caption(acting.fields))
        return say(acting, content)

    return send


def location(acting: Acting) -> Json:
    """Sends a place."""
    return say(acting, {"location": read_location(acting.fields)})


def contact(acting: Acting) -> Json:
    """Sends a contact; under the person's own name it is the person's own number, and bears the person's id."""
    number = acting.fields.text("phone_number").strip()
    first_name = acting.fields.text("first_name").strip() or acting.person.first_name
    if not number:
        raise Unclear("A contact needs a phone_number.")
    card: Json = {"phone_number": number, "first_name": first_name}
    if first_name == acting.person.first_name:
        card["user_id"] = acting.person.id
    return say(acting, {"contact": card})


def forward(acting: Acting) -> Json:
    """Forwards a message from another chat of the person."""
    source = acting.world.chats.get(acting.fields.number("from_chat_id") or 0)
    if source is None or acting.person.id not in acting.world.audience(source):
        raise Unclear("There is no such chat to forward from.")
    message = source.messages.get(acting.fields.number("message_id") or 0)
    content = forwarded(message) if message else {}
    if not content:
        raise Unclear("There is no such message to forward.")
    return say(acting, content)


def vote(acting: Acting) -> Json:
    """Votes in a poll; no options means taking the vote back."""
    acting.inside()
    message = acting.message()
    stored = acting.world.polls.get(message.get("poll", {}).get("id", ""))
    if stored is None:
        raise Unclear("There is no poll in this message.")
    chosen = _chosen(acting, stored)
    if chosen:
        stored.votes[acting.person.id] = chosen
    else:
        stored.votes.pop(acting.person.id, None)
    _recount(stored)
    acting.world.mark("poll", stored.id)
    acting.world.change(acting.chat, {**message, "poll": stored.poll})
    if not stored.poll["is_anonymous"]:
        answer = {"poll_id": stored.id, "user": acting.person.user(), "option_ids": chosen}
        persistent = [stored.poll["options"][place]["persistent_id"] for place in chosen]
        acting.world.updates.add("poll_answer", {**answer, "option_persistent_ids": persistent})
    acting.world.updates.add("poll", stored.poll)
    return stored.poll


def _chosen(acting: Acting, stored: StoredPoll) -> list[int]:
    poll = stored.poll
    chosen: Any = acting.fields.structure("option_ids", "option_ids")
    if poll["is_closed"]:
        raise Unclear("The poll is closed.")
    if not isinstance(chosen, list) or not _places(chosen, len(poll["options"])):
        raise Unclear("option_ids is a list of the options' places, from 0.")
    if len(chosen) > 1 and not poll["allows_multiple_answers"]:
        raise Unclear("Only one option can be chosen.")
    if poll["type"] == "quiz" and acting.person.id in stored.votes:
        raise Unclear("A quiz is answered once.")
    return sorted(set(chosen))


def _places(chosen: list[Any], options: int) -> bool:
    return all(isinstance(place, int) and 0 <= place < options for place in chosen)


def _recount(stored: StoredPoll) -> None:
    counts = [sum(place in vote for vote in stored.votes.values()) for place in range(len(stored.poll["options"]))]
    options = [{**option, "voter_count": count} for option, count in zip(stored.poll["options"], counts, strict=True)]
    stored.poll = {**stored.poll, "options": options, "total_voter_count": len(stored.votes)}
