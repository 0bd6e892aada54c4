"""Votes in the council of 东关村 through its people's hands: an item, its vote opened by the chair, presses."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from models.agenda import AgendaItem, ItemState, Urgency
from models.ballot import Ballot, BallotEntry, BallotEvent, Vote
from models.council import Council
from tests.support.ballots import add_guests, add_item
from tests.support.councils import CHAIR, VOTERS, add_council
from tests.support.groups import InGroup, group_shows
from tests.support.hands import Bench, Person, Said
from tests.support.matters import forges

CHOICES = {"赞成": "favour", "反对": "against", "弃权": "abstain"}


async def a_council_with_an_item(bench: Bench, *, bound: bool = True, guests: tuple[int, ...] = (), **item: Any) -> int:
    """The council, and an item of it that is ready for the vote: the item's number."""
    council = await add_council(bench, bound=bound)
    return await another_item(bench, council, guests=guests, **item)


async def another_item(bench: Bench, council: int, *, guests: tuple[int, ...] = (), **item: Any) -> int:
    """A further item that is ready for the vote."""
    for guest in guests:
        if guest not in bench.box.world.people:
            bench.box.add_person(guest, f"受邀{guest}", started=True)
    async with bench.database.transaction() as session:
        row = await add_item(session, await session.get_one(Council, council), now=bench.clock.now, **item)
        await add_guests(session, row, guests, bench.clock.now)
        return row.id


async def opens(bench: Bench, item: int, *presses: str) -> tuple[int, Said]:
    """The chair opens the vote from the item's card, changing what `presses` say; the ballot, and the group's message.

    Whoever else was told of it has read it.
    """
    chair = bench.person(CHAIR)
    [_] = await forges(chair, f"item:open:{item}")
    for label in presses:
        await chair.press(label)
    await chair.press("保存")
    await bench.deliverer.deliver_all()
    shown = await group_shows(bench)
    bench.all_unread()
    async with bench.database.transaction() as session:
        query = select(func.max(col(Ballot.id))).where(col(Ballot.item_id) == item)
        return int((await session.execute(query)).scalar_one()), shown[-1] if shown else Said(0, "", (), {})


async def votes(bench: Bench, ballot: int, **how: str) -> None:
    """Everybody named (`v141="赞成"`) votes in private, without looking twice."""
    for name, choice in how.items():
        await forges(bench.person(int(name[1:])), f"vote:cast:{ballot}:{CHOICES[choice]}")


async def all_vote(bench: Bench, ballot: int, choice: str, *, but: tuple[int, ...] = ()) -> None:
    """All members but some vote alike."""
    await votes(bench, ballot, **{f"v{who}": choice for who in VOTERS if who not in but})


async def enters(bench: Bench, ballot: int, name: str, way: str, choice: str) -> Said:
    """The chair enters a paper or a proxy for one elector; the summary that she saves."""
    chair = bench.person(CHAIR)
    await forges(chair, f"vote:enter:{ballot}")
    await chair.say(name)
    await chair.press(name)
    await chair.press(way)
    summary = await chair.press(choice)
    await chair.press("保存")
    return summary


def in_group(bench: Bench, who: int) -> InGroup:
    """Somebody's hands in the council's group."""
    return InGroup(bench, who)


@dataclass(frozen=True, slots=True)
class Stored:
    """A ballot as it is stored."""

    ballot: Ballot
    item: AgendaItem
    votes: dict[str, int]
    casts: int


async def stored(bench: Bench, ballot: int) -> Stored:
    """What is stored of a ballot."""
    async with bench.database.transaction() as session:
        row = await session.get_one(Ballot, ballot)
        item = await session.get_one(AgendaItem, row.item_id)
        counted = select(col(Vote.choice), func.count()).where(col(Vote.ballot_id) == ballot).group_by(col(Vote.choice))
        casts = select(func.count()).where(
            col(BallotEntry.ballot_id) == ballot, col(BallotEntry.kind) == BallotEvent.CAST
        )
        return Stored(
            row,
            item,
            {choice.value: count for choice, count in (await session.execute(counted)).all()},
            (await session.execute(casts)).scalar_one(),
        )


async def pressed(person: Person, data: str) -> str:
    """Press what no button of hers offers, in private: the sentence that answers, in a window or as a message."""
    said = await forges(person, data)
    return person.toast() or (said[0].text if said else "")


HARD = {"urgency": Urgency.HARD, "state": ItemState.DISCUSSING}
