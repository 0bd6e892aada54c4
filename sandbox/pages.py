"""The addresses of the chat page and of tests: `/`, `/page/…` and `/sandbox/…`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.act_table import do
from sandbox.botapi import BotApi
from sandbox.call import Upload
from sandbox.founding import found_group, found_person
from sandbox.limits import Limits
from sandbox.methods.profile import menu_commands
from sandbox.records import Json
from sandbox.refusals import Refused, Unclear
from sandbox.trouble import order_fault
from sandbox.wire import encode, read_params
from sandbox.world import World

PAGE = Path(__file__).parent / "page"
Endpoint = Callable[[Request], Awaitable[Response]]


def page_app(world: World, api: BotApi, limits: Limits) -> Starlette:
    """The application behind everything but the Bot API."""
    desk = Desk(world, api, limits)
    routes = [
        Route("/", index),
        Route("/sandbox/state", _clear(desk.state)),
        Route("/sandbox/messages", _clear(desk.messages)),
        Route("/sandbox/events", desk.events),
        Route("/sandbox/file/{file_id}", desk.file),
        Route("/sandbox/act", _clear(desk.act), methods=["POST"]),
        Route("/sandbox/people", _clear(desk.people), methods=["POST"]),
        Route("/sandbox/groups", _clear(desk.groups), methods=["POST"]),
        Route("/sandbox/faults", _clear(desk.order), methods=["POST"]),
        Route("/sandbox/faults", _clear(desk.forgive), methods=["DELETE"]),
        Route("/sandbox/metrics", _clear(desk.metrics)),
        Mount("/page", StaticFiles(directory=PAGE, check_dir=False)),
    ]
    return Starlette(routes=routes)


def _clear(endpoint: Callable[[Request], Awaitable[Any]]) -> Endpoint:
    """JSON out; what cannot be done is answered with 400 and one clear sentence."""

    async def answered(request: Request) -> Response:
        try:
            return JSONResponse(await endpoint(request))
        except Unclear as problem:
            return JSONResponse({"ok": False, "description": str(problem)}, 400)
        except Refused as refused:
            return JSONResponse({"ok": False, "description": refused.description}, 400)

    return answered


async def index(_: Request) -> Response:
    """The chat page."""
    if not (PAGE / "index.html").is_file():
        raise HTTPException(404)
    return FileResponse(PAGE / "index.html")


class Desk:
    """The page's questions and wishes."""

    def __init__(self, world: World, api: BotApi, limits: Limits) -> None:
        self._world = world
        self._api = api
        self._limits = limits

    async def state(self, _: Request) -> Json:
        """Everything the page needs to begin."""
        world = self._world
        return {
            "seq": world.feed.seq,
            "bot": world.bot,
            "commands": menu_commands(world, "zh"),
            "people": [world.person_state(person) for person in world.people.values()],
            "chats": [world.chat_state(chat) for chat in world.chats.values() if chat.migrated_to is None],
        }

    async def messages(self, request: Request) -> Json:
        """A page of a chat's messages, oldest first."""
        query = request.query_params
        chat = self._world.chats.get(_number(query.get("chat_id")))
        if chat is None:
            raise Unclear("There is no such chat.")
        if query.get("person_id") and _number(query["person_id"]) not in self._world.audience(chat):
            raise Unclear("That person is not in this chat.")
        before = _number(query.get("before")) or chat.last_message_id + 1
        limit = min(max(_number(query.get("limit")) or 50, 1), 500)
        numbers = [number for number in chat.messages if number < before][-limit:]
        return {"ok": True, "result": [chat.messages[number] for number in numbers]}

    async def events(self, request: Request) -> Response:
        """What happens, as server-sent events."""
        since = _number(request.headers.get("last-event-id") or request.query_params.get("since"))
        if not (request.headers.get("last-event-id") or request.query_params.get("since")):
            since = self._world.feed.seq
        headers = {"cache-control": "no-store"}
        return StreamingResponse(self._stream(since), media_type="text/event-stream", headers=headers)

    async def _stream(self, since: int) -> AsyncIterator[str]:
        async for event in self._world.feed.follow(since):
            yield ": waiting\n\n" if event is None else f"id: {event['seq']}\ndata: {encode(event)}\n\n"

    async def file(self, request: Request) -> Response:
        """The bytes of a file."""
        file = self._world.files.get(request.path_params["file_id"])
        if file is None:
            raise HTTPException(404)
        # Never rendered as a page: an uploaded HTML file must not run with the chat page's rights.
        headers = {"x-content-type-options": "nosniff", "content-security-policy": "sandbox; default-src 'none'"}
        return Response(self._world.blobs[file.blob], media_type=file.mime_type, headers=headers)

    async def act(self, request: Request) -> Json:
        """Something that a person does."""
        fields, uploads = await _fields(request)
        return {"ok": True, "result": do(self._world, fields, uploads)}

    async def people(self, request: Request) -> Json:
        """One more person."""
        fields, _ = await _fields(request)
        return found_person(self._world, fields).user()

    async def groups(self, request: Request) -> Json:
        """One more group."""
        fields, _ = await _fields(request)
        return found_group(self._world, fields).face

    async def order(self, request: Request) -> Json:
        """Trouble to come."""
        fields, _ = await _fields(request)
        return {"ok": True, "result": order_fault(self._world, self._api.faults, fields)}

    async def forgive(self, _: Request) -> Json:
        """No more trouble."""
        self._api.faults.clear()
        return {"ok": True, "result": True}

    async def metrics(self, _: Request) -> Json:
        """What the bot has done."""
        return {
            "methods": dict(self._api.calls),
            "refusals": dict(self._api.refusals),
            "limits_broken": sum(self._limits.broken.values()),
            "limits_broken_by": self._limits.broken,
            "pending_updates": len(self._world.updates.pending),
        }


async def _fields(request: Request) -> tuple[Json, dict[str, Upload]]:
    return await read_params(request.scope, request.receive)


def _number(value: str | None) -> int:
    try:
        return int(value or 0)
    except ValueError:
        raise Unclear(f"{value!r} is not a number.") from None
