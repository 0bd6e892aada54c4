"""Areas and invitations from the command line."""

import argparse
import secrets
from pathlib import Path

from console.area_importing import import_tree, write_example_tree
from console.desk import Desk, prepare
from console.errors import CommandError
from console.sandbox import SANDBOX_PORT
from domain.usecases.joining import issue_invite
from messages.render import LOCALES, label
from models.area import area_by_code, areas_in_order
from models.member import Role

# The person of the sandbox who has not joined yet, and where its chat page is by default.
_SANDBOX_PAGE = "http://127.0.0.1:{port}/?person=7999&start={code}"


def declare_areas(parser: argparse.ArgumentParser) -> None:
    """The options of `areas`."""
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--below", metavar="CODE", help="only this area and what lies in it")
    ways.add_argument("--import", dest="source", type=Path, metavar="FILE.xlsx", help="import the tree from this sheet")
    ways.add_argument("--template", type=Path, metavar="FILE.xlsx", help="write an example of such a sheet")


async def areas(desk: Desk, args: argparse.Namespace) -> int:
    """Import the tree of areas, write an example of its sheet, or print the tree: code and name, indented."""
    if args.template:
        return write_example_tree(args.template, desk.settings.locale)
    if args.source:
        return await import_tree(desk, args.source)
    await prepare(desk.database)
    async with desk.database.transaction() as session:
        found = await areas_in_order(session)
        top = await area_by_code(session, args.below) if args.below else None
    if args.below and top is None:
        raise CommandError(f"there is no area {args.below}; `bot.py areas` lists them")
    if not found:
        raise CommandError(
            "there are no areas yet: `bot.py areas --import` reads yours, `bot.py demo-data` makes some up", 1
        )
    for area in found:
        if top is None or area.path.startswith(top.path):
            depth = area.path.count("/") - (top.path.count("/") if top else 2)
            print(f"{'  ' * depth}{area.code}  {area.name}")
    return 0


def declare_invite(parser: argparse.ArgumentParser) -> None:
    """The options of `invite`."""
    roles = ", ".join(f"{role.value} ({label(role, 'zh')})" for role in Role)
    parser.add_argument("--role", required=True, metavar="ROLE", help=f"one of: {roles}")
    parser.add_argument("--area", required=True, metavar="CODE", help="where, by its code (`bot.py areas` lists them)")
    parser.add_argument("--locale", choices=LOCALES, help="the language she begins with (default: SUOZI_LOCALE)")


async def invite(desk: Desk, args: argparse.Namespace) -> int:
    """Issue an invitation; print its link and, as the last word, its code."""
    role = _role(args.role)
    await prepare(desk.database)
    # Asked first: an invitation whose link cannot be told would only lie about.
    username = await desk.bot_name() if desk.settings.bot_token else "suozi_bot"
    async with desk.database.transaction() as session:
        area = await area_by_code(session, args.area)
        if area is None:
            raise CommandError(f"there is no area {args.area}; `bot.py areas` lists them")
        code = await issue_invite(
            session,
            role=role,
            area=area,
            locale=args.locale or desk.settings.locale,
            now=desk.now,
            policy=desk.policy,
            token=secrets.token_urlsafe,
        )
    if not desk.settings.bot_token:
        print(_SANDBOX_PAGE.format(port=SANDBOX_PORT, code=code))
    print(f"https://t.me/{username}?start={code}")
    print(f"{role.value} · {area.name} · {desk.policy.invite_hours} h · {code}")
    return 0


def _role(name: str) -> Role:
    try:
        return Role(name.strip().lower())
    except ValueError as error:
        raise CommandError(f"there is no role {name}; the roles are: {', '.join(Role)}") from error
