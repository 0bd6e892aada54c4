"""What is told of members and posts: roles, areas and days (spec 8)."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from domain.channel import Lane
from models.member import Role


@dataclass(frozen=True, slots=True)
class DraftExpired:
    """To the person herself: a draft that was not touched for a day has ended."""

    lane: ClassVar[Lane] = Lane.NOTICE
    flow: str

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return ()


@dataclass(frozen=True, slots=True)
class LeaveNoted:
    """To those above: somebody will be away on these days, or has taken that back."""

    lane: ClassVar[Lane] = Lane.NOTICE
    area_code: str
    role: Role
    starts_on: date
    ends_on: date
    cancelled: bool

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return ()


@dataclass(frozen=True, slots=True)
class PostEnded:
    """To the person herself: she holds this post no longer. It is told even when it was her last one."""

    lane: ClassVar[Lane] = Lane.NOTICE
    area_code: str
    role: Role

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return ()


@dataclass(frozen=True, slots=True)
class GridWithoutWorker:
    """To whoever looks after a grid's households now that its worker has gone (`yours`); where there is nobody, to the
    administrators.
    """

    lane: ClassVar[Lane] = Lane.NOTICE
    area_code: str
    households: int
    yours: bool

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return ()


@dataclass(frozen=True, slots=True)
class UnansweredRungs:
    """To an administrator: on so many posts nobody would answer an alert today."""

    lane: ClassVar[Lane] = Lane.NOTICE
    on: date
    count: int

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_gaps", "gaps:new"),)


@dataclass(frozen=True, slots=True)
class AccountWasFrozen:
    """To the administrators: somebody's account was frozen; whose, they see when they open it."""

    lane: ClassVar[Lane] = Lane.NOTICE
    freeze_id: int

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_frozen", f"frozen:look:{self.freeze_id}"),)


@dataclass(frozen=True, slots=True)
class AccountBack:
    """To the person herself: her account is no longer frozen."""

    lane: ClassVar[Lane] = Lane.NOTICE

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return ()
