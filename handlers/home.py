"""The way in and the main menu: /start, /help, /me, /language, and the polite refusal for everybody else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import update
from sqlmodel import col

from domain.access import ASKED_FOR_HELP, EDITS_REGISTER, WORKS_HERE, Actor, actors_by_telegram_id
from domain.council_access import OVERSEES_COUNCILS, PROPOSES
from domain.refusals import RefusedError
from domain.usecases.item_guest_joining import is_guest_code
from domain.usecases.joining import accept_invite, open_invite
from domain.usecases.leaves import leaves_of
from domain.usecases.ties import ties_of
from handlers.item_joining import join_item, offer_item
from handlers.leaving import ask_open_question
from handlers.menu import VOTES, menu_keyboard
from handlers.turn import Turn
from messages.render import LOCALES, label
from models.confidential import TieKind
from models.member import Member, Role


@dataclass(frozen=True, slots=True)
class Refusal:
    """For somebody without an appointment: a polite no, and the public hotlines."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """For somebody whose account is frozen."""


@dataclass(frozen=True, slots=True)
class InviteRefused:
    """This invitation cannot be used."""

    reason: str


@dataclass(frozen=True, slots=True)
class InviteOffered:
    """What the invitation is for; she confirms."""

    role: Role
    area: str


@dataclass(frozen=True, slots=True)
class Welcome:
    """She has joined."""

    name: str
    role: Role
    area: str


@dataclass(frozen=True, slots=True)
class Menu:
    """The main menu is back."""

    name: str


@dataclass(frozen=True, slots=True)
class Help:
    """What can be done here, and the hotlines; of the councils' commands those that are hers."""

    proposes: bool
    votes: bool
    sees: bool
    leads: bool


@dataclass(frozen=True, slots=True)
class Me:
    """Who she is here."""

    name: str
    posts: tuple[tuple[Role, str], ...]
    leaves: tuple[tuple[date, date], ...] = ()
    ties: tuple[tuple[str, TieKind], ...] = ()  # households by their codes


@dataclass(frozen=True, slots=True)
class AskLanguage:
    """Which language?"""


@dataclass(frozen=True, slots=True)
class NothingAsked:
    """She sent something that nobody asked for."""


@dataclass(frozen=True, slots=True)
class EditedMessage:
    """She edited a message of hers; a record does not change with it."""


async def start(turn: Turn, code: str) -> None:
    """/start, with an invitation's code or without."""
    if is_guest_code(code):
        await offer_item(turn, code)
    elif code:
        await _offer(turn, code)
    elif turn.actor.posts:
        turn.say(Menu(turn.actor.name), keyboard=menu_keyboard(turn.actor))
        await ask_open_question(turn)
    else:
        turn.say(Refusal())


async def _offer(turn: Turn, code: str) -> None:
    try:
        offer = await open_invite(turn.scene.session, code=code, now=turn.scene.now)
    except RefusedError as refused:
        turn.say(InviteRefused(label(refused.reason, turn.locale)))
        return
    if not turn.actor.is_member:
        become(turn, replace(turn.actor, locale=offer.invite.locale))  # whoever invites knows her language
    # The code itself travels in the button: whoever presses must have had the link.
    buttons = turn.rows([[("join", f"join:{code}")]])
    turn.say(InviteOffered(offer.invite.role, offer.area.name), buttons)


async def join(turn: Turn, args: Sequence[str], name: str) -> None:
    """The press that accepts an invitation."""
    session, now = turn.scene.session, turn.scene.now
    code = ":".join(args)
    if is_guest_code(code):
        await join_item(turn, code, name)
        return
    try:
        async with session.begin_nested():
            offer = await open_invite(session, code=code, now=now)
            await accept_invite(
                session, code=code, telegram_id=turn.user_id, name=name, now=now, policy=turn.scene.policy
            )
    except RefusedError as refused:
        turn.show(InviteRefused(label(refused.reason, turn.locale)))
        return
    actor = (await actors_by_telegram_id(session, [turn.user_id], turn.scene.today))[turn.user_id]
    become(turn, actor)
    turn.say(Welcome(actor.name, offer.invite.role, offer.area.name), keyboard=menu_keyboard(actor))


def become(turn: Turn, actor: Actor) -> None:
    """Go on with the turn as `actor` now is."""
    turn.scene = replace(turn.scene, actor=actor)


async def help_(turn: Turn, _rest: str) -> None:
    """/help"""
    actor = turn.actor
    view = Help(
        proposes=actor.has_role(PROPOSES),
        votes=actor.has_role(VOTES),
        sees=actor.has_role(PROPOSES | OVERSEES_COUNCILS),
        leads=actor.has_role({Role.COUNCIL_CHAIR}),
    )
    turn.say(view, keyboard=menu_keyboard(actor))


async def me(turn: Turn, _rest: str) -> None:
    """/me"""
    posts = tuple((post.role, post.area_name) for post in turn.actor.posts)
    session, actor = turn.scene.session, turn.actor
    leaves = tuple((one.starts_on, one.ends_on) for one in await leaves_of(session, actor, turn.scene.today))
    ties = tuple((household.code, kind) for household, kind in await ties_of(session, actor))
    rows = [[("change_language", "lang:ask")]]
    if actor.has_role(WORKS_HERE):
        rows.insert(0, [("my_leave", "leaves:list")])
    if actor.has_role(EDITS_REGISTER):
        rows[0].append(("my_ties", "menu:tie"))
    if actor.has_role(ASKED_FOR_HELP):
        rows.insert(0, [("open_asked", "asked:new")])
    turn.say(Me(actor.name, posts, leaves, ties), turn.rows(rows))


async def language(turn: Turn, _rest: str) -> None:
    """/language"""
    turn.show(AskLanguage(), turn.rows([[(f"language_{locale}", f"lang:{locale}") for locale in LOCALES]]))


async def language_pressed(turn: Turn, args: Sequence[str]) -> None:
    """The press that chooses a language."""
    if args[:1] == ["ask"]:
        await language(turn, "")
        return
    if not args or args[0] not in LOCALES:
        turn.toast("no_such_button")
        return
    await turn.scene.session.execute(
        update(Member).where(col(Member.id) == turn.actor.member_id).values(locale=args[0])
    )
    actor = turn.actor
    become(turn, Actor(actor.member_id, actor.telegram_id, actor.name, args[0], actor.posts, actor.frozen))
    turn.say(Menu(actor.name), keyboard=menu_keyboard(turn.actor))
