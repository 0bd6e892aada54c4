"""Areas and invitations from the command line."""

import secrets
from datetime import datetime

from domain.rules.policy import Policy
from domain.usecases.joining import issue_invite
from models.area import area_by_code, areas_in_order
from models.member import Role
from models.session import Database


async def print_areas(database: Database) -> None:
    """The tree of areas: code and name, indented."""
    async with database.transaction() as session:
        for area in await areas_in_order(session):
            depth = area.path.count("/") - 2
            print(f"{'  ' * depth}{area.code}  {area.name}")


async def print_invite(
    database: Database, *, role: Role, area_code: str, locale: str, username: str, now: datetime, policy: Policy
) -> None:
    """Issue an invitation and print its link and, as the last word, its code.

    Raises LookupError for an area that does not exist.
    """
    async with database.transaction() as session:
        area = await area_by_code(session, area_code)
        if area is None:
            raise LookupError(f"there is no area {area_code}; `bot.py areas` lists them")
        code = await issue_invite(
            session, role=role, area=area, locale=locale, now=now, policy=policy, token=secrets.token_urlsafe
        )
    print(f"https://t.me/{username}?start={code}")
    print(f"{role.value} · {area.name} · {policy.invite_hours} h · {code}")
