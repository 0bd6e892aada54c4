"""The year of a council and of its alliance (联盟): a page of figures, and the same as a sheet (spec 5 and 7)."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from domain.channel import Button, Upload, UploadKind
from domain.usecases.council_years import (
    CouncilYear,
    YearFigures,
    months_so_far,
    months_used,
    sees_alliance,
    year_of_alliance,
    year_of_council,
)
from handlers.council_year_sheet import write_year
from handlers.flow import Rows
from handlers.turn import Turn, pressed_number
from messages.render import label

_log = logging.getLogger(__name__)
FIRST_YEAR = 2000


@dataclass(frozen=True, slots=True)
class CouncilYearPage:
    """What a council, or an alliance of so many `councils`, did in a year. `share` is None when nothing is told."""

    name: str
    year: int
    councils: int
    used: int
    so_far: int
    meetings: int
    together: int
    on_site: int
    at_home: int
    online: int
    quick: int
    proposed: int
    from_visits: int
    passed: int
    rejected: int
    no_quorum: int
    turnout: int | None
    begun: int
    done: int
    in_time: int
    ongoing: int
    late: int
    rated: int
    share: int | None
    months: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class CouncilYearSent:
    """What stands below the sheet."""

    name: str
    year: int


async def show_year(turn: Turn, args: Sequence[str]) -> None:
    """The press `co:year:<council>[:<year>]`. Raises RefusedError(NOT_YOURS)."""
    found = await _of_council(turn, args)
    turn.show(_page(found[0].sight.council.name, found, turn, args), _buttons(turn, found, args, "year"))


async def show_alliance(turn: Turn, args: Sequence[str]) -> None:
    """The press `co:union:<council>[:<year>]`: all councils of its alliance that are hers to see."""
    found = await _of_alliance(turn, args)
    turn.show(_page(_alliance(found), found, turn, args), _buttons(turn, found, args, "union"))


async def send_year(turn: Turn, args: Sequence[str]) -> None:
    """The press `co:yearfile:<council>[:<year>]`. Raises RefusedError(NOT_YOURS)."""
    found = await _of_council(turn, args)
    await _send(turn, found[0].sight.council.name, found, args)


async def send_alliance(turn: Turn, args: Sequence[str]) -> None:
    """The press `co:unionfile:<council>[:<year>]`."""
    found = await _of_alliance(turn, args)
    await _send(turn, _alliance(found), found, args)


async def _of_council(turn: Turn, args: Sequence[str]) -> list[CouncilYear]:
    scene = turn.scene
    return [
        await year_of_council(
            scene.session, actor=scene.actor, council_id=pressed_number(args) or 0, year=_year(turn, args),
            now=scene.now, policy=scene.policy,
        )
    ]  # fmt: skip


async def _of_alliance(turn: Turn, args: Sequence[str]) -> list[CouncilYear]:
    scene = turn.scene
    return await year_of_alliance(
        scene.session, actor=scene.actor, council_id=pressed_number(args) or 0, year=_year(turn, args),
        now=scene.now, policy=scene.policy,
    )  # fmt: skip


def _year(turn: Turn, args: Sequence[str]) -> int:
    """The year that is asked for: this one, unless the button names one that can have been."""
    asked, this = pressed_number(args, 1), turn.scene.today.year
    return asked if asked is not None and FIRST_YEAR <= asked <= this else this


def _alliance(found: Sequence[CouncilYear]) -> str:
    council = found[0].sight.council
    return council.alliance or council.name


def _page(name: str, found: Sequence[CouncilYear], turn: Turn, args: Sequence[str]) -> CouncilYearPage:
    year = _year(turn, args)
    so_far = months_so_far(year, turn.scene.today)
    sums = together(found)
    months = tuple(sum(one.months[month] for one in found) for month in range(so_far))
    return CouncilYearPage(
        name=name,
        year=year,
        councils=len(found),
        used=sum(months_used(one) for one in found),
        so_far=so_far * len(found),
        meetings=sums.meetings,
        together=sums.together,
        on_site=sums.on_site,
        at_home=sums.at_home,
        online=sums.online,
        quick=sums.quick,
        proposed=sums.proposed,
        from_visits=sums.from_visits,
        passed=sums.passed,
        rejected=sums.rejected,
        no_quorum=sums.no_quorum,
        turnout=sums.turnout,
        begun=sums.begun,
        done=sums.done,
        in_time=sums.in_time,
        ongoing=sums.ongoing,
        late=sums.late,
        rated=sums.rated,
        share=sums.share,
        months=tuple(enumerate(months, 1)),
    )


def together(found: Sequence[CouncilYear]) -> YearFigures:
    """The figures of several councils, added up."""
    return reduce(YearFigures.plus, (one.figures for one in found), YearFigures())


def _buttons(turn: Turn, found: Sequence[CouncilYear], args: Sequence[str], what: str) -> Rows:
    year, this, sight = _year(turn, args), turn.scene.today.year, found[0].sight
    number = pressed_number(args) or 0
    years = [Button(f"◀ {year - 1}", f"co:{what}:{number}:{year - 1}")] if year > FIRST_YEAR else []
    if year < this:
        years.append(Button(f"{year + 1} ▶", f"co:{what}:{number}:{year + 1}"))
    rows: list[tuple[Button, ...]] = [tuple(years), (turn.button("year_sheet", f"co:{what}file:{number}:{year}"),)]
    if what == "year" and sees_alliance(sight):
        rows.append((turn.button("alliance_year", f"co:union:{number}:{year}"),))
    return (*rows, (turn.button("back_to_council", f"co:show:{number}"),))


async def _send(turn: Turn, name: str, found: Sequence[CouncilYear], args: Sequence[str]) -> None:
    year = _year(turn, args)
    content = await asyncio.to_thread(write_year, name, year, found, turn.locale)
    _log.info("council_year_taken member=%d councils=%d year=%d", turn.actor.member_id, len(found), year)
    file = label("year_file", turn.locale, "council").format(year=year)
    turn.say_file(CouncilYearSent(name, year), Upload(UploadKind.DOCUMENT, content, file))
