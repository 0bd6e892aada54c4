"""Files: what was uploaded, under ids that can be sent again and downloaded."""

from __future__ import annotations

import re
from typing import Any

from sandbox.call import Upload
from sandbox.pictures import picture_size
from sandbox.records import Json, StoredFile
from sandbox.refusals import Refused, bad
from sandbox.world import World

PHOTO_BYTES = 10 * 1024 * 1024
UPLOAD_BYTES = 50 * 1024 * 1024
ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}$")
THUMBNAIL_SIDES = (90, 320, 800)
FOLDERS = {"photo": "photos", "voice": "voice", "sticker": "stickers", "video": "videos", "audio": "music"}
ENDINGS = {"photo": ".jpg", "voice": ".oga", "sticker": ".webp", "video": ".mp4", "animation": ".mp4"}


def keep(world: World, kind: str, upload: Upload, about: Json) -> Any:
    """Stores an upload. Returns what a message holds of it: the sizes of a photo, or the object of another kind.

    `about` holds what the sender says about it (a duration, for instance). Raises `Refused` as Telegram does for
    empty files, files that are too big, and pictures that are none.
    """
    size = len(upload.content)
    if not size:
        raise bad("file must be non-empty")
    if size > UPLOAD_BYTES:
        raise Refused(413, "Request Entity Too Large")
    picture = _checked_photo(upload.content) if kind == "photo" else picture_size(upload.content)
    blob = world.unused(world.blobs)
    world.blobs[blob] = upload.content
    world.new_blobs.add(blob)
    if kind == "photo":
        return _keep_photo(world, upload, blob, *(picture or (1, 1)))
    return _keep_other(world, kind, upload, blob, {**_nature(kind, picture, upload), **about})


def _checked_photo(content: bytes) -> tuple[int, int]:
    if len(content) > PHOTO_BYTES:
        raise bad(f"file of size {len(content)} bytes is too big for a photo; the maximum size is {PHOTO_BYTES} bytes")
    size = picture_size(content)
    if size is None:
        raise bad("IMAGE_PROCESS_FAILED")
    if sum(size) > 10_000 or max(size) > 20 * min(size):
        raise bad("PHOTO_INVALID_DIMENSIONS")
    return size


def _keep_photo(world: World, upload: Upload, blob: str, width: int, height: int) -> list[Json]:
    """One id for each size, as Telegram has; here all of them lead to the same bytes."""
    longest = max(width, height)
    scales = [side / longest for side in THUMBNAIL_SIDES if side < longest] + [1.0]
    sizes: list[Json] = []
    for scale in scales:
        file_id, unique_id = world.unused(world.files, "AgACAgUAAx"), f"AQAD{world.rng.getrandbits(48):x}"
        sizes.append(
            {
                "file_id": file_id,
                "file_unique_id": unique_id,
                "file_size": max(1, int(len(upload.content) * scale * scale)),
                "width": max(1, round(width * scale)),
                "height": max(1, round(height * scale)),
            }
        )
        _store(world, sizes[-1], blob, "photo", upload).content = sizes
    return sizes


def _keep_other(world: World, kind: str, upload: Upload, blob: str, nature: Json) -> Json:
    content: Json = {
        **nature,
        "file_id": world.unused(world.files, "BQACAgUAAx"),
        "file_unique_id": f"AgAD{world.rng.getrandbits(48):x}",
        "file_size": len(upload.content),
    }
    _store(world, content, blob, kind, upload)
    return content


def _store(world: World, part: Json, blob: str, kind: str, upload: Upload) -> StoredFile:
    typed = ENDING.search(upload.name)
    ending = ENDINGS.get(kind) or (typed.group() if typed else "")
    stored = StoredFile(
        file_id=part["file_id"],
        unique_id=part["file_unique_id"],
        blob=blob,
        kind=kind,
        path=f"{FOLDERS.get(kind, 'documents')}/file_{len(world.files)}{ending}",
        size=part["file_size"],
        mime_type=_mime_type(kind, upload.mime_type),
        content=part,
    )
    world.files[stored.file_id] = stored
    world.mark("file", stored.file_id)
    return stored


def _mime_type(kind: str, said: str) -> str:
    """What the sender says, if that can be said again in an HTTP header."""
    if kind == "voice":
        return "audio/ogg"
    return said if said.isascii() and said.isprintable() else "application/octet-stream"


def _nature(kind: str, picture: tuple[int, int] | None, upload: Upload) -> Json:
    """What Telegram finds out by itself about a file of this kind."""
    width, height = picture or (512, 512)
    natures: dict[str, Json] = {
        "voice": {"duration": 0, "mime_type": "audio/ogg"},
        "audio": {"duration": 0, "file_name": upload.name, "mime_type": "audio/mpeg"},
        "video": {"duration": 0, "width": width, "height": height, "mime_type": "video/mp4"},
        "animation": {"duration": 0, "width": width, "height": height, "mime_type": "video/mp4"},
        "video_note": {"duration": 0, "length": 240},
        "sticker": {
            "type": "regular",
            "width": width,
            "height": height,
            "is_animated": False,
            "is_video": False,
        },
    }
    return natures.get(kind, {"file_name": upload.name, "mime_type": upload.mime_type})
