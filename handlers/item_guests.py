"""X of an item: who is invited, and a one-use link for somebody whom it concerns (spec 5, R)."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.channel import Button
from domain.council_access import item_for
from domain.usecases.item_changes import INVITED_TO
from domain.usecases.item_guests import LINK_DAYS, guest_list, invite_by_link, uninvite
from handlers.flow import Rows
from handlers.shortened import short_name
from handlers.turn import Turn, pressed_number
from messages.render import label
from models.agenda import GuestKind, ItemGuest

SHOWN = 20
LINKS = (GuestKind.RESIDENT, GuestKind.ELDER)


@dataclass(frozen=True, slots=True)
class ItemGuests:
    """Who is invited to an item: name (empty where it is not to be known), as what, and whether she has come."""

    code: str
    title: str
    guests: tuple[tuple[str, GuestKind, bool], ...]
    more: int


@dataclass(frozen=True, slots=True)
class GuestLink:
    """A link to pass on: it is shown this once and works once. Without the bot's name it is a command to type."""

    code: str
    kind: GuestKind
    link: str
    secret: str
    days: int


@dataclass(frozen=True, slots=True)
class GuestGone:
    """She stays away from the item; its chair hears of it."""

    code: str


async def show_guests(turn: Turn, args: Sequence[str]) -> None:
    """The press `item:guests:<item>`. Raises RefusedError(NOT_YOURS)."""
    await _put_guests(turn, pressed_number(args) or 0)


async def _put_guests(turn: Turn, number: int) -> None:
    sight, guests = await guest_list(turn.scene.session, actor=turn.actor, item_id=number, now=turn.scene.now)
    names = sight.takes_part
    shown = tuple((name if names else "", guest.kind, guest.member_id is not None) for guest, name in guests[:SHOWN])
    view = ItemGuests(sight.item.code, sight.item.title, shown, max(0, len(guests) - SHOWN))
    rows: Rows = ()
    if sight.leads:
        rows = tuple((_take_back(turn, guest, name),) for guest, name in guests[:SHOWN])
    if sight.leads and sight.item.state in INVITED_TO:
        rows += turn.rows(
            [
                [("invite_by_name", f"item:invite:{number}")],
                [(f"link_{kind.value}", f"item:link:{number}:{kind.value}") for kind in LINKS],
            ]
        )
    turn.show(view, (*rows, *turn.rows([[("back_to_item", f"item:look:{number}")]])))


def _take_back(turn: Turn, guest: ItemGuest, name: str) -> Button:
    who = short_name(name) or label(guest.kind.value, turn.locale, "link_waits")
    return Button(f"{label('remove_guest', turn.locale)} {who}", f"item:uninvite:{guest.item_id}:{guest.id}")


async def link_pressed(turn: Turn, args: Sequence[str]) -> None:
    """The press `item:link:<item>:<kind>`. Raises RefusedError as `invite_by_link`."""
    kind = next((kind for kind in LINKS if kind.value == args[1]), None) if len(args) > 1 else None
    scene, number = turn.scene, pressed_number(args) or 0
    if kind is None:
        turn.toast("no_such_button")
        return
    secret = await invite_by_link(
        scene.session, actor=turn.actor, item_id=number, kind=kind, locale=turn.locale, now=scene.now,
        token=scene.token, policy=scene.policy,
    )  # fmt: skip
    sight, _ = await guest_list(scene.session, actor=turn.actor, item_id=number, now=scene.now)
    link = f"https://t.me/{scene.bot_name}?start={secret}" if scene.bot_name else ""
    turn.say(GuestLink(sight.item.code, kind, link, secret, LINK_DAYS))
    await _put_guests(turn, number)


async def uninvite_pressed(turn: Turn, args: Sequence[str]) -> None:
    """The press `item:uninvite:<item>:<guest>`: the chair takes it back, or the guest stays away herself.

    Raises RefusedError as `uninvite`.
    """
    scene, number = turn.scene, pressed_number(args) or 0
    sight = await item_for(scene.session, turn.actor, number)
    guest = await uninvite(
        scene.session, actor=turn.actor, item_id=number, guest_id=pressed_number(args, 1) or 0, now=scene.now,
        policy=scene.policy,
    )  # fmt: skip
    if guest.member_id == turn.actor.member_id:
        turn.show(GuestGone(sight.item.code))
    else:
        turn.toast("uninvited")
        await _put_guests(turn, number)
