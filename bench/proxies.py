"""nginx and Caddy with the very files of deploy/ in front of replicas, for `bench.rolling`.

A copy of the file gets other names, ports and a certificate that nobody vouches for; what is replaced is in `_exchange`
calls, each of which must find what it replaces. Caddy vouches for `localhost` itself.
"""

import asyncio
import os
import shutil
import ssl
import struct
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import aiohttp
from aiohttp import web

DEPLOY = Path(__file__).parent.parent / "deploy"
REAL = ("nginx", "caddy", "caddy-compose")
TO_START = 30.0  # seconds

NGINX = """\
pid {folder}/nginx.pid;
error_log {folder}/proxy.log;
daemon off;
{user}
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/unused;
    uwsgi_temp_path {folder}/unused;
    scgi_temp_path {folder}/unused;
    include {folder}/suozi.conf;
}}
"""
CADDY = """\
{{
    admin off
    http_port {other}
    skip_install_trust
    storage file_system {folder}/caddy
}}
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a replica listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def places(kind: str, ports: Sequence[int]) -> list[Place]:
    """Containers have an address each and one port for all; on one machine it is the other way round."""
    if kind == "caddy-compose":
        return [Place(f"127.0.0.{number}", ports[0]) for number in range(2, 2 + len(ports))]
    return [Place("127.0.0.1", port) for port in ports]


class Front:
    """What stands between Telegram and the proxy: it trusts the proxy's certificate, and counts what comes back."""

    def __init__(self, https: str, trusted: Path) -> None:
        self.https = https
        self._trusted = ssl.create_default_context(cafile=str(trusted))
        self.refused: Counter[str] = Counter()  # what Telegram has to bring again, by the answer
        self.http: aiohttp.ClientSession | None = None

    @property
    def turned_away(self) -> int:
        """How often the proxy had no replica for an update."""
        return sum(self.refused.values())

    async def ask(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> int:
        """The status of the proxy's answer; 0 when it had none."""
        assert self.http is not None
        try:
            async with self.http.request(
                method, self.https + path, data=body, headers=headers, ssl=self._trusted
            ) as answer:
                await answer.read()
                return answer.status
        except aiohttp.ClientError:
            return 0

    async def pass_on(self, request: web.Request) -> web.Response:
        """One update, as Telegram brings it."""
        headers = {
            name: value for name, value in request.headers.items() if name.startswith(("X-Telegram", "Content-Type"))
        }
        status = await self.ask("POST", request.path_qs, await request.read(), headers)
        if status != 200:
            self.refused[str(status)] += 1
        return web.Response(status=status or 502)


class Names(asyncio.DatagramProtocol):
    """Answers every question for a name with the addresses of the replicas, as a container engine's server does."""

    def __init__(self, hosts: Sequence[str]) -> None:
        self._hosts = hosts

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It has its socket."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """A question: header, name, type, class."""
        end = data.index(b"\0", 12) + 5
        question = data[12:end]
        asked = struct.unpack("!H", question[-4:-2])[0]
        hosts = self._hosts if asked == 1 else []  # an A record; there are no others
        answers = b"".join(
            struct.pack("!HHHIH4B", 0xC00C, 1, 1, 1, 4, *(int(part) for part in host.split("."))) for host in hosts
        )
        header = data[:2] + struct.pack("!HHHHH", 0x8180, 1, len(hosts), 0, 0)
        self._transport.sendto(header + question + answers, addr)


@asynccontextmanager
async def really_proxied(
    kind: str, replicas: Sequence[Place], folder: Path, ports: Sequence[int], program: str | None = None
) -> AsyncIterator[tuple[Front, str]]:
    """A real proxy in front of the replicas, and the address at which the sandbox brings updates for it.

    `ports` are three that nobody listens at; `program` is another nginx or Caddy than the one in the path.
    """
    command, trusted = (_nginx if kind == "nginx" else _caddy)(kind, replicas, folder, ports)
    command[0] = program or shutil.which(command[0]) or command[0]
    loop = asyncio.get_running_loop()
    hosts = [place.host for place in replicas]
    names, _ = await loop.create_datagram_endpoint(lambda: Names(hosts), local_addr=("127.0.0.1", ports[2]))
    with (folder / "proxy.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(*command, cwd=folder, stdout=log, stderr=log)
    try:
        async with asyncio.timeout(TO_START):
            while not trusted.exists() or not await _listens(ports[0]):
                if process.returncode is not None:
                    raise RuntimeError((folder / "proxy.log").read_text())
                await asyncio.sleep(0.1)  # a process is on the other side
        front = Front(f"https://localhost:{ports[0]}", trusted)
        async with _relayed(front) as address:
            yield front, address
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        names.close()


@asynccontextmanager
async def _relayed(front: Front) -> AsyncIterator[str]:
    app = web.Application(client_max_size=4 << 20)
    app.router.add_post("/telegram", front.pass_on)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        async with aiohttp.ClientSession() as front.http:
            yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


def _nginx(_: str, replicas: Sequence[Place], folder: Path, ports: Sequence[int]) -> tuple[list[str], Path]:
    folder.mkdir()
    certificate = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2", "-nodes"]
    key = ["-newkey", "rsa:2048", "-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    subprocess.run(["openssl", "req", "-x509", *certificate, *key], check=True, capture_output=True)
    text = _exchange(
        (DEPLOY / "nginx.conf").read_text(encoding="utf-8"),
        {
            "/etc/letsencrypt/live/bot.example.org": str(folder),
            "bot.example.org": "localhost",
            "443": str(ports[0]),
            **{f"127.0.0.1:808{number}": str(place) for number, place in enumerate(replicas, 1)},
        },
    )
    (folder / "suozi.conf").write_text(text, encoding="utf-8")
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, user=user), encoding="utf-8")
    return ["nginx", "-c", str(folder / "nginx.conf")], folder / "fullchain.pem"


def _caddy(kind: str, replicas: Sequence[Place], folder: Path, ports: Sequence[int]) -> tuple[list[str], Path]:
    folder.mkdir()
    if kind == "caddy-compose":
        file = "Caddyfile"
        exchanged = {"bot 8080 {": f"bot {replicas[0].port} {{\n\t\t\t\tresolvers 127.0.0.1:{ports[2]}"}
    else:
        file = "Caddyfile.systemd"
        exchanged = {f"127.0.0.1:808{number}": str(place) for number, place in enumerate(replicas, 1)}
        exchanged["bot.example.org"] = "{$BOT_DOMAIN}"
    text = _exchange((DEPLOY / file).read_text(encoding="utf-8"), exchanged)
    text = CADDY.format(folder=folder, other=ports[1]) + text.replace("{$BOT_DOMAIN}", f"localhost:{ports[0]}")
    (folder / "Caddyfile").write_text(text, encoding="utf-8")
    command = ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    return command, folder / "caddy/pki/authorities/local/root.crt"


def _exchange(text: str, exchanged: dict[str, str]) -> str:
    for old, new in exchanged.items():
        if old not in text:
            raise ValueError(f"nothing to replace: {old}")
        text = text.replace(old, new)
    return text


async def _listens(port: int) -> bool:
    with suppress(OSError):
        _, writer = await asyncio.open_connection("localhost", port)
        writer.close()
        return True
    return False
