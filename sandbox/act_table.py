"""Which function does which act."""

from __future__ import annotations

from typing import Any

from sandbox import act_comings, act_things, acts
from sandbox.acts import Act, Acting
from sandbox.call import Upload
from sandbox.records import Json
from sandbox.refusals import Refused, Unclear
from sandbox.world import World

ACTS: dict[str, Act] = {
    "text": acts.text,
    "press": acts.press,
    "edit": acts.edit,
    "delete": acts.delete,
    "read": acts.read,
    "photo": act_things.sends("photo"),
    "voice": act_things.sends("voice"),
    "document": act_things.sends("document"),
    "sticker": act_things.sends("sticker"),
    "location": act_things.location,
    "contact": act_things.contact,
    "forward": act_things.forward,
    "vote": act_things.vote,
    "block": act_comings.block,
    "unblock": act_comings.unblock,
    "join": act_comings.join,
    "leave": act_comings.leave,
    "add_bot": act_comings.add_bot,
    "remove_bot": act_comings.remove_bot,
    "start_group": act_comings.start_group,
    "hush": act_comings.hush,
    "delete_group": act_comings.delete_group,
}


def do(world: World, fields: Json, uploads: dict[str, Upload]) -> Any:
    """Does what a person wants to do. Raises `Unclear` when that is impossible."""
    act = ACTS.get(str(fields.get("action")))
    if act is None:
        raise Unclear(f"There is no action {fields.get('action')!r}.")
    try:
        return act(Acting(world, fields, uploads))
    except Refused as refused:
        raise Unclear(refused.description) from None
