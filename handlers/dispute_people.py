"""People of a case's rung as the buttons of a conversation show them: a short name and a post."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import col

from domain.usecases.lead_changes import role_of
from handlers.scene import Scene
from handlers.shortened import short_name
from messages.render import label
from models.area import Area
from models.dispute import Dispute
from models.member import Member


async def named(scene: Scene, dispute: Dispute, member_id: int) -> str:
    """Name and post of one of them."""
    lines = await found_among(scene, dispute, [member_id], "")
    return lines[0][1] if lines else ""


async def found_among(scene: Scene, dispute: Dispute, members: Sequence[int], query: str) -> list[tuple[int, str]]:
    """Those of `members` whose name has `query` in it, in their order."""
    path = (await scene.session.execute(select(col(Area.path)).where(col(Area.id) == dispute.area_id))).scalar_one()
    found = select(col(Member.id), col(Member.name)).where(col(Member.id).in_(members))
    names: dict[int, str] = {row[0]: row[1] for row in (await scene.session.execute(found)).all()}
    wanted = query.strip().casefold()
    return [
        (member, await _line(scene, member, names[member], path))
        for member in members
        if member in names and wanted in names[member].casefold()
    ]


async def _line(scene: Scene, member: int, name: str, path: str) -> str:
    role = await role_of(scene.session, member, path, scene.today)
    post = f" · {label(role, scene.actor.locale)}" if role else ""
    return f"{short_name(name)}{post}"
