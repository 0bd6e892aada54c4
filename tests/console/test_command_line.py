"""The real program, started as a person starts it; and its settings, each wrong one a line."""

import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest

import bot
from console.errors import CommandError
from console.sandbox import SANDBOX_TOKEN, own_sandbox
from console.settings import Settings, read_settings
from domain.rules.catalogue import SHIPPED as CATALOGUE
from domain.rules.chains import SHIPPED as CHAINS
from handlers.front_door import Address
from models import keyring
from models.lead import Colour
from tests.architecture.tree import ROOT

COMMANDS = (
    "run",
    "sandbox",
    "migrate",
    "areas",
    "invite",
    "posts",
    "demo-data",
    "import-households",
    "sweep",
    "doctor",
    "frozen",
    "rotate-keys",
    "backup",
    "restore",
)

# What a shell starts in the background of a script is born so.
DEAF = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")


@pytest.fixture(autouse=True)
def _as_before_afterwards() -> Iterator[None]:
    """`main` installs keys and a log handler for the whole process."""
    root = logging.getLogger()
    kept, handlers, level = keyring.keyring(), root.handlers[:], root.level
    yield
    keyring.install(kept)
    root.handlers[:] = handlers
    root.setLevel(level)


@contextmanager
def running(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """The program in `folder`, as its own process; killed at the end, so that no failure waits for it.

    It is born deaf to Ctrl+C: where these tests run in a background every program of theirs is, and one that stayed so
    did not end.
    """
    with subprocess.Popen(
        [*DEAF, sys.executable, "-X", "faulthandler", str(ROOT / "bot.py"), *words],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith("SUOZI_")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        try:
            yield program
        finally:
            program.kill()


def ended(program: subprocess.Popen[str]) -> int:
    """Its status; one that does not end within half a minute says where it hangs."""
    try:
        return program.wait(30)
    except subprocess.TimeoutExpired:
        program.send_signal(signal.SIGABRT)
        _, errors = program.communicate()
        pytest.fail(f"it does not end:\n{errors}")


def test_the_sandbox_starts_serves_its_page_and_ends_quietly(tmp_path: Path) -> None:
    with running(tmp_path, "sandbox", "--port", "0") as program:
        assert program.stdout is not None
        assert program.stderr is not None
        url = next(line.split()[-1] for line in program.stdout if "http://" in line)
        # The page is on this machine, whatever proxy the environment names.
        with build_opener(ProxyHandler({})).open(url, timeout=30) as page:
            assert b"<title>" in page.read()
        # A second one on the same files would write into the first one's chats.
        with pytest.raises(CommandError, match="running already"):
            own_sandbox(read_settings_of(tmp_path), port=0, clean=False)
        # A page that is open follows the chats by an answer without an end; the stop ends it.
        with build_opener(ProxyHandler({})).open(f"{url}/sandbox/events", timeout=30) as stream:
            assert stream.readline()
            program.send_signal(signal.SIGINT)
            assert ended(program) == 0
        assert "Traceback" not in program.stderr.read()


def read_settings_of(folder: Path) -> Settings:
    return Settings(_env_file=None, data_dir=folder / "data")


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "bot.py"), "demo-data", "--households", "0", "--workers", "1"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    with running(tmp_path, "areas") as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.close()
        assert program.wait(60) == 0
        assert "BrokenPipe" not in program.stderr.read()


def test_the_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bot.main(["--help"])
    said = capsys.readouterr().out
    assert ended.value.code == 0
    for command in COMMANDS:
        assert f"    {command}" in said


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bot.main([command, "--help"])
    assert ended.value.code == 0
    assert f"bot.py {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["areas", "--nonsense"],
        ["areas", "--import"],
        ["areas", "--import", "a.xlsx", "--below", "T"],
        ["invite"],
        ["sandbox", "--port", "99999"],
        ["sandbox", "--port", "x"],
        ["demo-data", "--workers", "0"],
        ["sweep"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_wrong_use_is_refused_before_anything_is_opened(words: list[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        bot.main(words)
    assert ended.value.code == 2
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("BOT_TOKEN", "hello", "does not look like a bot token"),
        ("BOT_TOKEN", "12:häh", "does not look like a bot token"),
        ("BOT_API_URL", "api.telegram.org", "must begin with http:// or https://"),
        ("WEBHOOK_URL", "http://bot.example.org", "must begin with https://"),
        ("WEBHOOK_URL", "https://bot.example.org:9443", "443, 80, 88 or 8443"),
        ("WEBHOOK_URL", "https://bot.example.org/?to=us", "must be an address such as"),
        ("WEBHOOK_SECRET", "走访", "must be 1 to 256 letters"),
        ("WEBHOOK_SECRET", "hidden" * 50, "must be 1 to 256 letters"),
        ("LISTEN", "8080", "must be an address and a port"),
        ("LISTEN", "127.0.0.1:66666", "must be an address and a port"),
        ("DATABASE_URL", "mysql://u:hidden@h/x", "mysql is not a database of this program"),
        ("DATABASE_URL", "hidden", "is not an address such as"),
        ("TIMEZONE", "Mars/Base", "is not a time zone"),
        ("TIMEZONE", "../etc/passwd", "is not a time zone"),
        ("LOCALE", "fr", "must be zh or en"),
        ("DIGEST_AT", "8 o'clock", "must be a time of day such as 08:00"),
        ("DIGEST_AT", "24:00", "must be a time of day such as 08:00"),
        ("MESSAGES_PER_SECOND", "many", "valid integer"),
        ("LEAD_CATALOGUE", "/gone/catalogue.toml", "/gone/catalogue.toml: No such file"),
        ("LEAD_CATALOGUE", str(CHAINS), "the file: knows no 'red'; there are: other, by_triage, categories, items"),
        ("ALERT_CHAINS", "/gone/chains.toml", "/gone/chains.toml: No such file"),
        ("ALERT_CHAINS", str(CATALOGUE), "knows no 'other'; there are: red, orange, yellow, blue"),
        ("DUPLICATE_DAYS", "0", "greater than or equal to 1"),
        ("DETAILS_MINUTES", "3000", "less than or equal to 1440"),
        ("REVISIT_DAYS", "7;30", "must be numbers of days, each later than the one before it"),
        ("REVISIT_DAYS", "", "must be numbers of days"),
        ("REVISIT_DAYS", "30,7", "each later than the one before it"),
        ("REVISIT_DAYS", "7,7", "each later than the one before it"),
        ("REVISIT_DAYS", "7,999", "must be numbers of days"),
        ("REFERRAL_DAYS", "-1", "greater than or equal to 1"),
        ("WHISTLE_HOURS", "soon", "valid integer"),
        ("GLASS_MINUTES", "1000", "less than or equal to 240"),
        ("LOG_LEVEL", "LOUD", "must be DEBUG, INFO, WARNING or ERROR"),
        ("SECRET_KEYS", "c2hvcnQ=", "32 bytes"),
        ("SECRET_KEYS", ",", "at least one key"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(
    name: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(f"SUOZI_{name}", value)
    assert bot.main(["areas"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"SUOZI_{name}: ")
    assert words in line
    assert "hidden" not in line


def test_a_key_is_made_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_room(_file: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("os.fsync", no_room)
        assert bot.main(["areas"]) == 2
        assert "No space left" in capsys.readouterr().err
    assert not (tmp_path / "data/secret.key").exists()
    made = read_settings().open_keyring().encrypt("陈秀兰", "household.contact")
    assert (tmp_path / "data/secret.key").stat().st_mode & 0o777 == 0o600
    assert read_settings().open_keyring().decrypt(made, "household.contact") == "陈秀兰"


def test_a_county_s_own_figures_catalogue_and_chains_are_what_the_program_works_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in (CATALOGUE, CHAINS):
        text = (
            file.read_text(encoding="utf-8")
            .replace("邻里矛盾", "邻里纠纷")
            .replace("at_minutes = 5,", "at_minutes = 3,")
        )
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    figures = {"DUPLICATE_DAYS": 5, "DETAILS_MINUTES": 6, "REFERRAL_DAYS": 8, "WHISTLE_HOURS": 9, "GLASS_MINUTES": 11}
    files = {"LEAD_CATALOGUE": tmp_path / "catalogue.toml", "ALERT_CHAINS": tmp_path / "chains.toml"}
    for name, value in {**figures, **files, "REVISIT_DAYS": "3, 10 ,90"}.items():
        monkeypatch.setenv(f"SUOZI_{name}", str(value))
    policy = read_settings().policy()
    assert policy.catalogue.name("neighbours", "zh") == "邻里纠纷"
    assert [rung.after_minutes for rung in policy.chains[Colour.RED].rungs] == [0, 3, 12, 15]
    assert policy.revisit_days == (3, 10, 90)
    assert {name: getattr(policy, name.lower()) for name in figures} == figures


def test_a_webhook_needs_its_secret_and_listens_behind_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    assert bot.address_of(read_settings()) is None
    monkeypatch.setenv("SUOZI_WEBHOOK_URL", "https://bot.example.org/suozi/telegram/")
    with pytest.raises(CommandError, match="SUOZI_WEBHOOK_SECRET: is needed"):
        read_settings()
    monkeypatch.setenv("SUOZI_WEBHOOK_SECRET", "s_1-A")
    assert bot.address_of(read_settings()) == Address("127.0.0.1", 8080, "https://bot.example.org/suozi", "s_1-A")
    monkeypatch.setenv("SUOZI_LISTEN", "[::]:80")
    assert read_settings().listens_at == ("::", 80)


def test_several_wrong_settings_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUOZI_LOCALE", "fr")
    monkeypatch.setenv("SUOZI_TIMEZONE", "Mars/Base")
    with pytest.raises(CommandError) as caught:
        read_settings()
    assert sorted(line.split(":")[0] for line in str(caught.value).splitlines()) == ["SUOZI_LOCALE", "SUOZI_TIMEZONE"]


def test_a_data_folder_that_cannot_be_made_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SUOZI_DATA_DIR", str(tmp_path / "file" / "data"))
    assert bot.main(["areas"]) == 2
    assert capsys.readouterr().err.startswith("SUOZI_DATA_DIR: ")


def test_a_database_file_that_is_none_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "suozi.db").write_text("no database " * 1000)
    assert bot.main(["areas"]) == 2
    assert "cannot be reached" in capsys.readouterr().err


def test_a_busy_port_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as busy:
        port = str(busy.getsockname()[1])
        assert bot.main(["sandbox", "--port", port]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert f"port {port} cannot be used" in line
    assert "--port" in line


def test_telegram_that_cannot_be_reached_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SUOZI_BOT_TOKEN", "12:secret")
    monkeypatch.setenv("SUOZI_BOT_API_URL", "http://127.0.0.1:9")
    assert bot.main(["invite", "--role", "head", "--area", "T"]) == 2
    said = capsys.readouterr().err
    assert "SUOZI_BOT_API_URL: http://127.0.0.1:9 gives no answer" in said
    assert "secret" not in said


async def test_the_bot_learns_its_name_from_telegram(sandbox_url: str) -> None:
    settings = Settings(_env_file=None, bot_token=SANDBOX_TOKEN, bot_api_url=sandbox_url)
    assert await bot.username(settings) == "suozi_bot"
    wrong = settings.model_copy(update={"bot_token": "1:wrong"})
    with pytest.raises(CommandError, match="SUOZI_BOT_TOKEN: Telegram does not know this token"):
        await bot.username(wrong)


def test_a_fault_of_ours_ends_the_program_without_quoting_anybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fails(*_args: object) -> int:
        raise ValueError("王秀英")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bot, "run", fails)
    assert bot.main([]) == 70
    said = capsys.readouterr().err
    assert "program_failed" in said
    assert "ValueError" in said
    assert "王秀英" not in said
