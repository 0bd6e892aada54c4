"""`backup` and `restore`: the embedded database as one file, copied while the bot runs and put back whole."""

import argparse
import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url

from console.desk import Desk
from console.embedded import beside, is_in_use, read_only
from console.errors import CommandError
from domain.usecases.restore_drills import note_drill
from messages.console import phrase
from models.keyring import CannotDecryptError, keyring
from models.schema import known_revisions
from models.session import Database

_KEYS = (
    "The secret keys are NOT in this file. Keep SUOZI_SECRET_KEYS (or {file}) in another place:"
    " without them the encrypted columns cannot be read again."
)
# Each table's own record of when something was last written.
_WRITTEN_AT = (
    ("inbox", "received_at"),
    ("outbox", "created_at"),
    ("household_change", "changed_at"),
    ("visit", "recorded_at"),
    ("member", "joined_at"),
)


def declare_backup(parser: argparse.ArgumentParser) -> None:
    """The options of `backup`."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("file", type=Path, nargs="?", metavar="FILE", help="where to write the copy; it must not exist")
    what.add_argument("--drill", action="store_true", help="keep nothing: prove that a copy can be restored")


async def backup(desk: Desk, args: argparse.Namespace) -> int:
    """Copy the embedded database as it is at one instant, also while the bot writes; or try whether that works."""
    if args.drill:
        return await _drill(desk)
    size = copy_out(embedded_file(desk.database), args.file)
    print(f"{args.file}: {size / 1_000_000:.1f} MB, checked")
    print(_KEYS.format(file=desk.settings.key_file))
    return 0


async def _drill(desk: Desk) -> int:
    # It puts a copy back with the functions below.
    from console.drill import drill  # noqa: PLC0415

    done = drill(embedded_file(desk.database))
    async with desk.database.transaction() as session:
        await note_drill(session, day=desk.today, now=desk.now)
    print(phrase(desk.settings.locale, "drill", "done", tables=done.tables, rows=done.rows, size=done.megabytes))
    return 0


def copy_out(source: Path, target: Path) -> int:
    """Write a checked copy of the database `source` to `target`; its size in bytes. Raises CommandError."""
    if not source.exists():
        raise CommandError(f"{source} does not exist; there is nothing to back up")
    if target.exists():
        raise CommandError(f"{target} exists already; choose another name")
    part = target.with_name(target.name + ".part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        with read_only(source) as connection:
            copy_from(connection, part)
        check(part)
        part.replace(target)
        return target.stat().st_size
    except OSError as error:
        raise CommandError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


def copy_from(connection: sqlite3.Connection, target: Path) -> None:
    """Write what `connection` sees to `target`, as one file."""
    with closing(sqlite3.connect(target)) as copy:
        connection.backup(copy)
        # One file, with nothing beside it, is what people carry away.
        copy.execute("PRAGMA journal_mode=DELETE")


def declare_restore(parser: argparse.ArgumentParser) -> None:
    """The options of `restore`."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a file that `backup` has written")
    parser.add_argument("--force", action="store_true", help="also over newer data, and with keys that do not fit")


async def restore(desk: Desk, args: argparse.Namespace) -> int:
    """Put a copy in the embedded database's place, whole or not at all; what was there stays beside it."""
    target = embedded_file(desk.database)
    await desk.database.close()
    kept = put_back(args.file, target, force=args.force)
    print(f"{target} is now what {args.file} holds." + (f" What was there before is in {kept}." if kept else ""))
    return 0


def put_back(source: Path, target: Path, *, force: bool) -> Path | None:
    """Replace the database `target` by the copy `source`; where the replaced one is kept. Raises CommandError."""
    if not source.is_file():
        raise CommandError(f"{source}: there is no such file")
    check(source)
    if is_in_use(target):
        raise CommandError(f"{target} is in use; stop the bot first")
    if not force:
        _refuse_wrong_keys(source)
        _refuse_newer(source, target)
    part = target.with_name(target.name + ".part")
    try:
        shutil.copyfile(source, part)
        part.chmod(0o600)
        _leave_to_its_account(part, target)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        kept = _keep_old(target)
        for path in beside(target):
            path.unlink(missing_ok=True)  # they belong to the old file, and would be read into the new one
        part.replace(target)
        return kept
    except OSError as error:
        raise CommandError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


def _leave_to_its_account(part: Path, target: Path) -> None:
    """Root puts a copy back for the account that runs the bot, which could not even read a file of root's."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return
    for place in (target, target.parent):
        if place.exists() and (owner := place.stat()).st_uid != 0:
            os.chown(part, owner.st_uid, owner.st_gid)
            return


def check(file: Path) -> None:
    """Make sure that `file` is a sound database of this program. Raises CommandError."""
    with read_only(file) as connection:
        verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
        if verdict != "ok":
            raise CommandError(f"{file} is damaged: {verdict.splitlines()[0]}")
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "alembic_version" not in tables:
            raise CommandError(f"{file} is not a database of this program")
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is None or row[0] not in known_revisions():
        raise CommandError(f"{file} is from another version of this program (schema {row[0] if row else 'empty'})")


def embedded_file(database: Database) -> Path:
    """Where the embedded database is. Raises CommandError when another one is in use."""
    if not database.is_sqlite:
        raise CommandError("SUOZI_DATABASE_URL: is PostgreSQL; use its own pg_dump and pg_restore")
    return Path(make_url(database.url).database or "")


def _refuse_wrong_keys(file: Path) -> None:
    with read_only(file) as connection:
        row = connection.execute("SELECT contact FROM household WHERE contact IS NOT NULL LIMIT 1").fetchone()
    if row is None:
        return
    try:
        keyring().decrypt(row[0], "household.contact")
    except CannotDecryptError as error:
        raise CommandError(
            f"the present secret keys do not open {file}; set those of its time first"
            " (--force restores it all the same)"
        ) from error


def _refuse_newer(source: Path, target: Path) -> None:
    if not target.exists():
        return
    try:
        there = _last_written(target)
    except CommandError:
        return  # what cannot be read cannot be newer
    if there > _last_written(source):
        raise CommandError(
            f"{target} holds newer data ({there[:16]} UTC) than {source}; --force restores it all the same"
        )


def _last_written(file: Path) -> str:
    with read_only(file) as connection:
        instants = (connection.execute(f"SELECT max({at}) FROM {table}").fetchone()[0] for table, at in _WRITTEN_AT)  # noqa: S608
        return max((instant for instant in instants if instant), default="")


def _keep_old(target: Path) -> Path | None:
    if not target.exists():
        return None
    kept = target.with_name(target.name + ".before-restore")
    shutil.copy2(target, kept)
    return kept
