"""What the buttons of an agenda item do."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.usecases.item_deciding import WITHDRAWN_FROM, decide_item, own_item, withdraw_item
from handlers.item_card import put_item, show_item
from handlers.item_guests import link_pressed, show_guests, uninvite_pressed
from handlers.item_said import show_item_files, show_item_line, show_opinions
from handlers.record_presses import RecordPresses
from handlers.turn import Turn, pressed_number
from models.agenda import ItemEvent


@dataclass(frozen=True, slots=True)
class AskWithdraw:
    """Does she really take her item back?"""

    code: str
    title: str


async def look_at_item(turn: Turn, args: Sequence[str]) -> None:
    """The press `item:look:<item>`: its card in place of the message. Raises RefusedError(NOT_YOURS)."""
    await put_item(turn, pressed_number(args) or 0)


async def accept_pressed(turn: Turn, args: Sequence[str]) -> None:
    """The press `item:accept:<item>`: it is on the agenda. Raises RefusedError as `decide_item`."""
    await _decided(turn, args, ItemEvent.ACCEPTED, "item_accepted")


async def discuss_pressed(turn: Turn, args: Sequence[str]) -> None:
    """The press `item:discuss:<item>`: it is discussed. Raises RefusedError as `decide_item`."""
    await _decided(turn, args, ItemEvent.DISCUSSION, "item_discussed")


async def withdraw_pressed(turn: Turn, args: Sequence[str]) -> None:
    """The press `item:withdraw:<item>`: is she sure? Raises RefusedError as `own_item`."""
    item = (await own_item(turn.scene.session, turn.actor, pressed_number(args) or 0, WITHDRAWN_FROM)).item
    rows = [[("withdraw_surely", f"item:withdrawn:{item.id}")], [("back_to_item", f"item:look:{item.id}")]]
    turn.show(AskWithdraw(item.code, item.title), turn.rows(rows))


async def withdrawn_pressed(turn: Turn, args: Sequence[str]) -> None:
    """The press `item:withdrawn:<item>`. Raises RefusedError as `withdraw_item`."""
    scene, number = turn.scene, pressed_number(args) or 0
    await withdraw_item(scene.session, actor=turn.actor, item_id=number, now=scene.now, policy=scene.policy)
    turn.toast("item_withdrawn")
    await put_item(turn, number)


async def _decided(turn: Turn, args: Sequence[str], step: ItemEvent, word: str) -> None:
    scene, number = turn.scene, pressed_number(args) or 0
    await decide_item(scene.session, actor=turn.actor, item_id=number, step=step, now=scene.now, policy=scene.policy)
    turn.toast(word)
    await put_item(turn, number)


items_pressed = RecordPresses(
    "item",
    at_once={
        "show": show_item,
        "look": look_at_item,
        "accept": accept_pressed,
        "discuss": discuss_pressed,
        "withdraw": withdraw_pressed,
        "withdrawn": withdrawn_pressed,
        "opinions": show_opinions,
        "line": show_item_line,
        "files": show_item_files,
        "guests": show_guests,
        "link": link_pressed,
        "uninvite": uninvite_pressed,
    },
    begins={
        "ask": ("itemdecide", {"word": "ask"}),
        "decline": ("itemdecide", {"word": "decline"}),
        "again": ("itemdecide", {"word": "again"}),
        "drop": ("itemdecide", {"word": "drop"}),
        "answer": ("itemanswer", {}),
        "reword": ("itemreword", {}),
        "merge": ("itemmerge", {}),
        "opinion": ("opinion", {}),
        "invite": ("itemguest", {}),
        "open": ("openvote", {}),
        "project": ("project", {}),
    },
)
