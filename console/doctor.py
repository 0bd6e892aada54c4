"""`doctor`: is this installation well, and if not, what is to be done next. It never prints a token or a key."""

import argparse
import shutil
from pathlib import Path

from sqlalchemy.engine import make_url

from console.checks import Finding, check_chains, check_clock, check_keys, check_people, check_queues, check_register
from console.desk import Desk, is_up_to_date, standing
from console.errors import CommandError
from console.ladder_check import check_ladder
from console.operating_checks import check_operating, check_standing
from messages.console import phrase

_ROOM = 500_000_000  # bytes; a full disk stops the embedded database


def declare_doctor(_parser: argparse.ArgumentParser) -> None:
    """`doctor` has no options."""


async def doctor(desk: Desk, _args: argparse.Namespace) -> int:
    """Check everything and print a line for each check; 1 when something is wrong."""
    findings = [*_settings(desk), await _telegram(desk)]
    if findings[-1].well:
        findings += await check_standing(desk)
    tables = await _tables(desk)
    findings += tables
    if all(finding.well for finding in tables):
        async with desk.database.transaction() as session:
            findings += [
                await check_keys(session),
                await check_clock(session, desk.now),
                await check_register(session),
                *await check_people(session, desk.today),
                await check_chains(session, desk.today, desk.policy, desk.settings.locale),
                *await check_ladder(session, desk.today, desk.policy, desk.settings.locale),
                *await check_queues(session, desk.now),
                *await check_operating(session, desk),
            ]
    for finding in findings:
        print(line(finding, desk.settings.locale))
    return 0 if all(finding.well or not finding.grave for finding in findings) else 1


def line(finding: Finding, locale: str) -> str:
    """A finding as it is printed: a mark, what was found, and what to do next."""
    mark = "✓" if finding.well else "✗" if finding.grave else "!"
    words = phrase(locale, "doctor_well" if finding.well else "doctor_wrong", finding.check, **finding.values)
    return f"{mark} {words}"


def _settings(desk: Desk) -> list[Finding]:
    settings = desk.settings
    here = desk.now.astimezone(desk.policy.zone)
    findings = [
        Finding("settings", True, {}),
        Finding("time_zone", True, {"zone": settings.timezone, "local": f"{here:%Y-%m-%d %H:%M}"}),
    ]
    if settings.secret_keys:
        findings.append(Finding("keys_set", True, {}))
    else:
        findings.append(Finding("keys_in_file", desk.database.is_sqlite, {"file": settings.key_file}))
    if desk.database.is_sqlite:
        room = shutil.disk_usage(_file(desk).parent).free
        findings.append(Finding("room", room >= _ROOM, {"megabytes": room // 1_000_000}))
    return findings


async def _telegram(desk: Desk) -> Finding:
    if not desk.settings.bot_token:
        return Finding("no_token", True, {})
    try:
        return Finding("telegram", True, {"name": await desk.bot_name()})
    except CommandError as error:
        return Finding("telegram", False, {"reason": error})


async def _tables(desk: Desk) -> list[Finding]:
    kind = "SQLite" if desk.database.is_sqlite else "PostgreSQL"
    if desk.database.is_sqlite and not _file(desk).exists():
        return [Finding("database_there", False, {"file": _file(desk)})]
    try:
        current, newest = await standing(desk.database)
        newest_there = await is_up_to_date(desk.database)
    except CommandError as error:
        return [Finding("database", False, {"reason": error})]
    return [
        Finding("database", True, {"kind": kind}),
        Finding("tables", newest_there, {"current": current or "-", "newest": newest}),
    ]


def _file(desk: Desk) -> Path:
    return Path(make_url(desk.database.url).database or "")
