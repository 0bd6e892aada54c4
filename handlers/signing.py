"""The second signature under a change of tier, and the reviews of key households (spec 2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.access import SIGNS_TIERS
from domain.channel import Button
from domain.refusals import RefusedError
from domain.usecases.tiers import change_for, decide_tier, reviews_due, waiting_changes, withdraw_tier
from handlers.household_line import household_line
from handlers.shortened import short_door, short_name
from handlers.talking import NotForRole
from handlers.today import page_turn
from handlers.turn import Turn, pressed_number
from messages.render import label
from models.area import Area
from models.household import Household, Tier
from models.member import Member
from models.tier_change import ProposalState, TierChange, TierReason

PAGE = 8


@dataclass(frozen=True, slots=True)
class TierLook:
    """A proposed change as the signer sees it, and how it stands."""

    name: str
    code: str
    address: str
    grid: str
    from_tier: Tier
    to_tier: Tier
    reason: TierReason
    note: str
    proposed_by: str
    proposed_on: date
    is_mine: bool
    approved: bool | None  # None: nobody has decided yet
    decided_by: str
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class WaitingList:
    """The changes that wait for her signature, page by page; each is looked at before it is signed."""

    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class NothingWaits:
    """No change waits for her signature."""


@dataclass(frozen=True, slots=True)
class ReviewList:
    """The key households to review, page by page; each opens its card."""

    total: int
    page: int
    pages: int
    days: int


@dataclass(frozen=True, slots=True)
class NoReviews:
    """There is nothing to review."""


async def tier_pressed(turn: Turn, args: Sequence[str]) -> None:
    """A button `tier:<look, yes, no or drop>:<change>`."""
    what, number = args[0] if args else "", pressed_number(args, 1)
    if number is None or what not in ("look", "yes", "no", "drop"):
        turn.toast("no_such_button")
        return
    try:
        async with turn.scene.session.begin_nested():
            change, household = await _decided(turn, what, number)
    except RefusedError as refused:
        turn.refuse(refused.reason)
        return
    if what == "look":
        turn.press_answered_apart()  # the notice stays as it came
    await _show(turn, change, household)


async def _decided(turn: Turn, what: str, number: int) -> tuple[TierChange, Household]:
    scene = turn.scene
    if what == "look":
        return await change_for(scene.session, scene.actor, number)
    if what == "drop":
        return await withdraw_tier(scene.session, actor=scene.actor, change_id=number, now=scene.now)
    return await decide_tier(
        scene.session, actor=scene.actor, change_id=number, approve=what == "yes", now=scene.now, policy=scene.policy
    )


async def _show(turn: Turn, change: TierChange, household: Household) -> None:
    session = turn.scene.session
    look = TierLook(
        name=household.name,
        code=household.code,
        address=household.address,
        grid=(await session.get_one(Area, household.grid_id)).name,
        from_tier=change.from_tier,
        to_tier=change.to_tier,
        reason=change.reason,
        note=change.note or "",
        proposed_by=(await session.get_one(Member, change.proposed_by_id)).name,
        proposed_on=turn.scene.policy.today(change.proposed_at),
        is_mine=change.proposed_by_id == turn.actor.member_id,
        approved=None if change.state is ProposalState.PENDING else change.state is ProposalState.APPROVED,
        decided_by=(await session.get_one(Member, change.decided_by_id)).name if change.decided_by_id else "",
        withdrawn=change.decided_by_id == change.proposed_by_id,
    )
    rows = [[("open_household", f"hh:show:{household.id}")]]
    if look.approved is None and not look.is_mine:
        rows.insert(0, [("sign", f"tier:yes:{change.id}"), ("decline", f"tier:no:{change.id}")])
    elif look.approved is None:
        rows.insert(0, [("withdraw", f"tier:drop:{change.id}")])
    turn.show(look, turn.rows(rows))


async def signatures(turn: Turn, _rest: str) -> None:
    """The first page of what waits for her signature, as a new message."""
    turn.press_answered_apart()
    await _waiting_page(turn, 0)


async def signatures_pressed(turn: Turn, args: Sequence[str]) -> None:
    """The press that turns to another page of it."""
    await _waiting_page(turn, pressed_number(args) or 0)


async def _waiting_page(turn: Turn, page: int) -> None:
    if not turn.actor.has_role(SIGNS_TIERS):
        turn.show(NotForRole())
        return
    rows, total = await waiting_changes(turn.scene.session, actor=turn.actor, offset=page * PAGE, limit=PAGE)
    if not rows and page > 0:
        await _waiting_page(turn, 0)
    elif not rows:
        turn.show(NothingWaits())
    else:
        buttons = tuple(
            (Button(_change_line(change, household, turn), f"tier:look:{change.id}"),) for change, household in rows
        )
        pages = -(-total // PAGE)
        turn.show(WaitingList(total, page + 1, pages), (*buttons, *page_turn(turn, "sign", page, pages)))


def _change_line(change: TierChange, household: Household, turn: Turn) -> str:
    marks = (label(tier.value, turn.locale, "tier_mark") for tier in (change.from_tier, change.to_tier))
    return f"{'→'.join(marks)} {short_name(household.name)} · {short_door(household.address)}"


async def reviews(turn: Turn, _rest: str) -> None:
    """The first page of the reviews, as a new message."""
    turn.press_answered_apart()
    await _page(turn, 0)


async def reviews_pressed(turn: Turn, args: Sequence[str]) -> None:
    """The press that opens the list ("new"), or turns to another page of it."""
    if args[:1] == ["new"]:
        await reviews(turn, "")
    else:
        await _page(turn, pressed_number(args) or 0)


async def _page(turn: Turn, page: int) -> None:
    if not turn.actor.has_role(SIGNS_TIERS):
        turn.show(NotForRole())
        return
    today = turn.scene.today
    rows, total = await reviews_due(turn.scene.session, actor=turn.actor, today=today, offset=page * PAGE, limit=PAGE)
    if not rows and page > 0:
        await _page(turn, 0)
    elif not rows:
        turn.show(NoReviews())
    else:
        buttons = tuple((Button(household_line(row, today, turn.locale), f"hh:show:{row.id}"),) for row in rows)
        pages = -(-total // PAGE)
        view = ReviewList(total, page + 1, pages, turn.scene.policy.key_review_days)
        turn.show(view, (*buttons, *page_turn(turn, "reviews", page, pages)))
