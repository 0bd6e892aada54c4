"""Which function does which act."""

from __future__ import annotations

from typing import Any

from sandbox import acts
from sandbox.acts import Act, Acting
from sandbox.call import Upload
from sandbox.records import Json
from sandbox.refusals import Unclear
from sandbox.world import World

ACTS: dict[str, Act] = {
    "text": acts.text,
    "press": acts.press,
    "edit": acts.edit,
    "delete": acts.delete,
    "read": acts.read,
}


def do(world: World, fields: Json, uploads: dict[str, Upload]) -> Any:
    """Does what a person wants to do. Raises `Unclear` when that is impossible."""
    act = ACTS.get(str(fields.get("action")))
    if act is None:
        raise Unclear(f"There is no action {fields.get('action')!r}.")
    return act(Acting(world, fields, uploads))
