"""Photos, voices, documents and their kin; places and contacts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.call import Call
from sandbox.keyboards import read_markup
from sandbox.methods.editing import changeable, replace
from sandbox.methods.sending import deliver, replied_message, without_reply
from sandbox.records import Json, kind_of
from sandbox.refusals import bad
from sandbox.shelf import keep
from sandbox.texts import read_caption

NUMBERS = ("duration", "width", "height", "length")
WORDS = ("performer", "title", "emoji")
SAID_ABOUT = {
    "voice": ("duration",),
    "audio": ("duration", "performer", "title"),
    "video": ("duration", "width", "height"),
    "animation": ("duration", "width", "height"),
    "video_note": ("duration", "length"),
    "sticker": ("emoji",),
}
WITHOUT_CAPTION = {"sticker", "video_note"}
ALBUM_KINDS = {"photo", "video", "document", "audio", "live_photo"}
ALBUM_SIZE = 10
MEDIA_FIELDS = (
    "photo",
    "video",
    "document",
    "audio",
    "animation",
    "caption",
    "caption_entities",
    "has_media_spoiler",
    "reply_markup",
)


def sender(kind: str) -> Callable[[Call], Json]:
    """sendPhoto, sendVoice, sendDocument, sendSticker …"""

    def send(call: Call) -> Json:
        chat = call.open_chat()
        content = _content(call, kind, call.params.get(kind), call.params)
        if kind not in WITHOUT_CAPTION:
            content.update(read_caption(call))
        return deliver(call, chat, content)

    return send


def _content(call: Call, kind: str, wished: Any, about: Json) -> Json:
    found = _file(call, kind, wished, Call(call.world, call.method, about, {}))
    content: Json = {kind: found}
    if kind == "animation":
        content["document"] = found
    if str(about.get("has_spoiler", "")).lower() == "true":
        content["has_media_spoiler"] = True
    return content


def _file(call: Call, kind: str, wished: Any, about: Call) -> Any:
    name = str(wished or "")
    upload = call.uploads.get(name.removeprefix("attach://")) if name.startswith("attach://") else None
    upload = upload or (call.uploads.get(kind) if not name else None)
    if upload is not None:
        return keep(call.world, kind, upload, _about(kind, about))
    if not name:
        raise bad(f"there is no {kind.replace('_', ' ')} in the request")
    if name.startswith(("http://", "https://")):
        raise bad("failed to get HTTP URL content")
    stored = call.world.files.get(name)
    if stored is None:
        raise bad("wrong file identifier/HTTP URL specified")
    if stored.kind != kind:
        raise bad(f"can't use file of type {_type(stored.kind)} as {_type(kind)}")
    return stored.content


def _type(kind: str) -> str:
    return "".join(part.capitalize() for part in kind.split("_"))


def _about(kind: str, about: Call) -> Json:
    said: Json = {}
    for name in SAID_ABOUT.get(kind, ()):
        value: Any = about.text(name) if name in WORDS else about.number(name)
        if value:
            said[name] = value
    return said


def send_media_group(call: Call) -> list[Json]:
    """sendMediaGroup."""
    chat = call.open_chat()
    items = [_album_item(call, item) for item in _album(call)]
    replied = replied_message(call, chat)
    group = str(call.world.rng.getrandbits(53)) if len(items) > 1 else None
    messages: list[Json] = []
    for content in items:
        if group:
            content["media_group_id"] = group
        if replied is not None:
            content["reply_to_message"] = without_reply(replied)
        messages.append(call.world.post(chat, call.world.bot, content))
    return messages


def _album(call: Call) -> list[Json]:
    media: Any = call.structure("media", "media")
    if not isinstance(media, list) or not all(isinstance(item, dict) for item in media):
        raise bad("expected an Array of InputMedia")
    if not media:
        raise bad("there are no messages to send")
    if len(media) > ALBUM_SIZE:
        raise bad("too many messages to send as an album")
    kinds = {kind_of(item) for item in media}
    if len(kinds) > 1 and kinds & {"audio", "document"}:
        raise bad("can't use the media of the specified type in the album")
    return media


def _album_item(call: Call, item: Json) -> Json:
    kind = kind_of(item)
    if kind not in ALBUM_KINDS:
        raise bad(f"can't parse InputMedia: type \"{kind}\" can't be used in sendMediaGroup")
    return {**_content(call, kind, item.get("media"), item), **read_caption(call, item)}


def edit_message_media(call: Call) -> Json:
    """editMessageMedia."""
    chat, message = changeable(call)
    item: Any = call.structure("media", "input media")
    if not isinstance(item, dict) or kind_of(item) not in {*ALBUM_KINDS, "animation"}:
        raise bad("can't parse InputMedia: expected an Object")
    if "poll" in message or "location" in message:
        raise bad("message can't be edited")
    content = {**_content(call, item["type"], item.get("media"), item), **read_caption(call, item)}
    markup = read_markup(call, chat)
    if markup and markup.get("inline_keyboard"):
        content["reply_markup"] = markup
    return replace(call, chat, message, content, (*MEDIA_FIELDS, "text", "entities"))


def send_location(call: Call) -> Json:
    """sendLocation."""
    chat = call.open_chat()
    return deliver(call, chat, {"location": location(call)})


def location(call: Call) -> Json:
    """The request's place. Raises `Refused` when it is not on this earth."""
    latitude, longitude = call.real("latitude"), call.real("longitude")
    if latitude is None:
        raise bad("latitude is empty")
    if longitude is None:
        raise bad("longitude is empty")
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise bad("wrong location specified")
    place: Json = {"latitude": latitude, "longitude": longitude}
    accuracy = call.real("horizontal_accuracy")
    if accuracy is not None:
        place["horizontal_accuracy"] = accuracy
    return place


def send_venue(call: Call) -> Json:
    """sendVenue."""
    chat = call.open_chat()
    title, address = call.text("title"), call.text("address")
    if not title or not address:
        raise bad(f"{'title' if not title else 'address'} of the venue must be non-empty")
    place = location(call)
    return deliver(call, chat, {"location": place, "venue": {"location": place, "title": title, "address": address}})


def send_contact(call: Call) -> Json:
    """sendContact."""
    chat = call.open_chat()
    return deliver(call, chat, {"contact": contact(call)})


def contact(call: Call) -> Json:
    """The request's contact. Raises `Refused` without a number or a name."""
    number, first_name = call.text("phone_number"), call.text("first_name")
    if not number:
        raise bad("phone number is empty")
    if not first_name:
        raise bad("first name is empty")
    card: Json = {"phone_number": number, "first_name": first_name}
    card.update({name: call.text(name) for name in ("last_name", "vcard") if call.text(name)})
    return card
