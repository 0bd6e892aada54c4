"""HTTP bodies in and out."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.types import Receive, Scope, Send

from sandbox.call import Upload
from sandbox.records import Json
from sandbox.refusals import Refused, bad

LARGEST_BODY = 51 * 1024 * 1024
encode = json.JSONEncoder(separators=(",", ":")).encode


async def read_body(receive: Receive) -> bytes:
    """The whole body of a request. Raises `Refused` (413) when it is larger than any upload may be."""
    parts: list[bytes] = []
    size = 0
    while True:
        event = await receive()
        part = event.get("body", b"")
        size += len(part)
        if size > LARGEST_BODY:
            raise Refused(413, "Request Entity Too Large")
        parts.append(part)
        if not event.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def read_params(scope: Scope, receive: Receive) -> tuple[Json, dict[str, Upload]]:
    """Parameters and files of a request, from its query and from its body, whatever their encoding."""
    params: Json = {}
    if scope["query_string"]:
        params.update(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    if scope["method"] != "POST":
        return params, {}
    kind = b""
    for name, value in scope["headers"]:
        if name == b"content-type":
            kind = value
    body, uploads = await parse_body(kind.decode("latin-1"), await read_body(receive))
    params.update(body)
    return params, uploads


async def parse_body(kind: str, body: bytes) -> tuple[Json, dict[str, Upload]]:
    """Parameters and files of a body of the content type `kind`."""
    if not body:
        return {}, {}
    essence = kind.partition(";")[0].strip().lower()
    if essence == "application/json":
        return _from_json(body), {}
    if essence == "multipart/form-data":
        return await _from_multipart(kind, body)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)), {}


def _from_json(body: bytes) -> Json:
    try:
        found = json.loads(body)
    except ValueError:
        raise bad("can't parse JSON object") from None
    if not isinstance(found, dict):
        raise bad("object expected")
    return {name: value for name, value in found.items() if value is not None}


async def _from_multipart(kind: str, body: bytes) -> tuple[Json, dict[str, Upload]]:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(
        Headers({"content-type": kind}), stream(), max_files=100, max_fields=1_000, max_part_size=LARGEST_BODY
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError):
        raise bad("can't parse multipart form data") from None
    params: Json = {}
    uploads: dict[str, Upload] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            mime = value.content_type or "application/octet-stream"
            uploads[name] = Upload(value.filename or name, mime, await value.read())
        else:
            params[name] = value
    await form.close()
    return params, uploads


async def answer(send: Send, status: int, body: Any, *, content_type: bytes = b"application/json") -> None:
    """Sends a complete response; anything but bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else encode(body).encode()
    length = str(len(content)).encode()
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(b"content-type", content_type), (b"content-length", length)],
        }
    )
    await send({"type": "http.response.body", "body": content})
