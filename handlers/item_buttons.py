"""What may be done with an agenda item now: exactly the buttons that her standing and its state allow."""

from collections.abc import Iterable

from domain.channel import Button
from domain.usecases.item_cards import ItemCase
from domain.usecases.item_changes import IN_WORK, INVITED_TO, MERGED_FROM, ON_AGENDA, TALKED_OF, UNDECIDED
from domain.usecases.item_deciding import WITHDRAWN_FROM
from handlers.flow import Rows
from handlers.turn import Turn
from messages.render import label
from models.agenda import ItemState
from models.ballot import BallotState

Pairs = list[tuple[str, str]]
_WAITS = (ItemState.PROPOSED, ItemState.ASKED)
SHOWN_LINKS = 3


def buttons_of_item(case: ItemCase, turn: Turn) -> Rows:
    """The next step first, then what one may add, then what there is to read; the rest two in a row."""
    first = [*_voting(case), *_chair_next(case), *_own(case)]
    rest = [*_taking_part(case), *_chair_more(case), *_reading(case)]
    rows = [*first, *(rest[place : place + 2] for place in range(0, len(rest), 2))]
    return (*turn.rows(rows), *_links(case, turn))


def _voting(case: ItemCase) -> Iterable[Pairs]:
    """The vote that is going on, or the last one; for the chair a new one."""
    number = case.sight.item.id
    newest = case.ballots[0] if case.ballots else None
    if newest is not None and newest.state is BallotState.OPEN:
        yield [("open_paper", f"vote:paper:{newest.id}")]
    if case.opens:
        yield [("open_vote", f"item:open:{number}")]
    if newest is not None and newest.state is BallotState.CLOSED:
        yield [("ballot_result", f"vote:paper:{newest.id}")]
    if case.project is not None:
        yield [("open_project", f"proj:show:{case.project.id}")]
    elif case.sight.leads and case.sight.item.state is ItemState.PASSED:
        yield [("make_project", f"item:project:{number}")]


def _chair_next(case: ItemCase) -> Iterable[Pairs]:
    """What the chair decides: taking it up or not, discussing it, what follows a vote that decided nothing."""
    item = case.sight.item
    if not case.sight.leads:
        return
    if item.state in _WAITS:
        yield [("accept_item", f"item:accept:{item.id}")]
        row = [("ask_item", f"item:ask:{item.id}")] if item.state is ItemState.PROPOSED else []
        yield [*row, ("decline_item", f"item:decline:{item.id}")]
    elif item.state is ItemState.ACCEPTED:
        yield [("discuss_item", f"item:discuss:{item.id}")]
    elif item.state in UNDECIDED:
        yield [("again_item", f"item:again:{item.id}")]
    if item.state in ON_AGENDA | UNDECIDED:
        yield [("drop_item", f"item:drop:{item.id}")]


def _own(case: ItemCase) -> Iterable[Pairs]:
    """What its proposer can do."""
    item = case.sight.item
    if not case.own:
        return
    if item.state is ItemState.ASKED:
        yield [("answer_item", f"item:answer:{item.id}")]
    if item.state in WITHDRAWN_FROM:
        yield [("withdraw_item", f"item:withdraw:{item.id}")]


def _taking_part(case: ItemCase) -> Pairs:
    item, sight = case.sight.item, case.sight
    pairs: Pairs = []
    if sight.takes_part and item.state in TALKED_OF:
        pairs.append(("give_opinion", f"item:opinion:{item.id}"))
    if case.opinions:
        pairs.append(("read_opinions", f"item:opinions:{item.id}"))
    if (sight.leads or case.own) and item.state in IN_WORK:
        pairs.append(("reword_item", f"item:reword:{item.id}"))
    if case.invited_as is not None:
        pairs.append(("stay_away", f"item:uninvite:{item.id}:{case.invited_as.id}"))
    return pairs


def _chair_more(case: ItemCase) -> Pairs:
    item = case.sight.item
    pairs: Pairs = []
    if case.sight.leads and item.state in MERGED_FROM:
        pairs.append(("merge_item", f"item:merge:{item.id}"))
    if (case.sight.leads and item.state in INVITED_TO) or case.guests:
        pairs.append(("item_guests", f"item:guests:{item.id}"))
    return pairs


def _reading(case: ItemCase) -> Pairs:
    number = case.sight.item.id
    pairs: Pairs = [("item_files", f"item:files:{number}")] if case.files else []
    pairs.append(("item_line", f"item:line:{number}"))
    if case.knows_names:
        pairs.append(("open_council", f"co:show:{case.sight.council.id}"))
    return pairs


def _links(case: ItemCase, turn: Turn) -> Rows:
    """The item that this one was merged into, and those that were merged into it."""
    linked = [case.into] if case.into is not None else []
    if case.knows_names:  # who is invited to one item sees that one alone
        linked += case.merged[:SHOWN_LINKS]
    word = label("open_linked_item", turn.locale)
    return tuple((Button(f"{word} {one.code}", f"item:show:{one.id}"),) for one in linked)
