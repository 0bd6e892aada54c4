"""Coming to one item of a women's council by a link, also as a stranger (spec 5, R)."""

from dataclasses import dataclass, replace

from domain.access import actors_by_telegram_id
from domain.refusals import RefusedError
from domain.usecases.item_guest_joining import join_as_guest, open_guest_link
from handlers.item_card import put_item
from handlers.menu import menu_keyboard
from handlers.turn import Turn
from messages.render import label
from models.agenda import GuestKind


@dataclass(frozen=True, slots=True)
class GuestOffered:
    """What the invitation is for; she confirms."""

    council: str
    title: str
    body: str
    kind: GuestKind


@dataclass(frozen=True, slots=True)
class GuestWelcome:
    """She has come to the item."""

    name: str
    code: str
    title: str


@dataclass(frozen=True, slots=True)
class GuestRefused:
    """This link cannot be used."""

    reason: str


async def offer_item(turn: Turn, code: str) -> None:
    """/start with the code of a link to an item."""
    try:
        guest, item, council = await open_guest_link(turn.scene.session, code=code, now=turn.scene.now)
    except RefusedError as refused:
        turn.say(GuestRefused(label(refused.reason, turn.locale)))
        return
    if not turn.actor.is_member:  # whoever invites knows her language
        turn.scene = replace(turn.scene, actor=replace(turn.actor, locale=guest.locale))
    # The code itself travels in the button: whoever presses must have had the link.
    buttons = turn.rows([[("join_item", f"join:{code}")]])
    turn.say(GuestOffered(council.name, item.title, item.body, guest.kind), buttons)


async def join_item(turn: Turn, code: str, name: str) -> None:
    """The press that accepts it: the item's card takes the place of the offer, and her menu comes below it."""
    scene = turn.scene
    try:
        async with scene.session.begin_nested():
            item = await join_as_guest(
                scene.session, code=code, telegram_id=turn.user_id, name=name, now=scene.now, policy=scene.policy
            )
    except RefusedError as refused:
        turn.show(GuestRefused(label(refused.reason, turn.locale)))
        return
    actor = (await actors_by_telegram_id(scene.session, [turn.user_id], scene.today))[turn.user_id]
    turn.scene = replace(scene, actor=actor)
    await put_item(turn, item.id)
    turn.say(GuestWelcome(actor.name, item.code, item.title), keyboard=menu_keyboard(actor))
