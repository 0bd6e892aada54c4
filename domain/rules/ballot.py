"""How a council's vote is counted: quorum, majority, deadlines (spec 5; R, W)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.agenda import ItemState, Urgency
from models.ballot import BallotChoice, BallotOutcome
from models.council import Majority

CHOICES = (BallotChoice.FAVOUR, BallotChoice.AGAINST, BallotChoice.ABSTAIN)  # the things in a secret ballot's box
SHORTEST = timedelta(minutes=10)  # a vote that nobody could notice is none
LONGEST = timedelta(days=30)
FEWEST_TOGETHER = 3  # votes of a secret ballot whose sum may be known: of fewer everybody would know whose they are
# 急事急议 and 小事快议 (W names no hours; they are ours). 难事共议 has no deadline of its own: the chair sets it.
HOURS: dict[Urgency, int] = {Urgency.URGENT: 2, Urgency.SMALL: 24}


@dataclass(frozen=True, slots=True)
class VotingRules:
    """A council's rules, as they stood when a ballot was opened."""

    quorum_num: int
    quorum_den: int
    majority: Majority
    abstain_counts: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """The votes of a ballot."""

    favour: int = 0
    against: int = 0
    abstain: int = 0

    @property
    def turnout(self) -> int:
        """How many have voted."""
        return self.favour + self.against + self.abstain

    def cast(self, rules: VotingRules) -> int:
        """The votes of which a majority is needed."""
        return self.turnout if rules.abstain_counts else self.favour + self.against


def papers_tell(turnout: int, papers: int) -> bool:
    """Whether the counts of a secret ballot would tell whoever put the papers in how the others voted: she takes hers
    away, and what is left are the votes of one or two people.
    """
    return papers > 0 and 0 < turnout - papers < FEWEST_TOGETHER


def tally_of(choices: Iterable[BallotChoice]) -> Tally:
    """The votes, counted."""
    counts = dict.fromkeys(BallotChoice, 0)
    for choice in choices:
        counts[choice] += 1
    return Tally(counts[BallotChoice.FAVOUR], counts[BallotChoice.AGAINST], counts[BallotChoice.ABSTAIN])


def needed_to_vote(electorate: int, rules: VotingRules) -> int:
    """How many of N+X must vote: the share, rounded up."""
    return -(-electorate * rules.quorum_num // rules.quorum_den)


def needed_in_favour(tally: Tally, rules: VotingRules) -> int:
    """How many votes in favour pass it, at this turnout; at least one."""
    cast = tally.cast(rules)
    if rules.majority is Majority.TWO_THIRDS:
        return max(1, -(-cast * 2 // 3))
    return cast // 2 + 1


def outcome_of(tally: Tally, electorate: int, rules: VotingRules) -> BallotOutcome:
    """What a ballot with this tally decides. As many for it as against it is not a majority."""
    if tally.turnout < needed_to_vote(electorate, rules):
        return BallotOutcome.NO_QUORUM
    passed = tally.favour >= needed_in_favour(tally, rules)
    return BallotOutcome.PASSED if passed else BallotOutcome.REJECTED


def is_published(outcome: BallotOutcome | None, *, secret: bool) -> bool:
    """Whether the votes of a closed ballot are told. A secret one without a quorum has decided nothing, and of the one
    or two who have voted everybody would see how: then the turnout alone is.
    """
    return not (secret and outcome is BallotOutcome.NO_QUORUM)


def usual_deadline(urgency: Urgency, opened_at: datetime) -> datetime | None:
    """When a vote of this urgency closes unless the chair says otherwise; None when she has to."""
    return opened_at + timedelta(hours=HOURS[urgency]) if urgency in HOURS else None


def deadline_fits(closes_at: datetime, now: datetime) -> bool:
    """Whether a vote may close then."""
    return now + SHORTEST <= closes_at <= now + LONGEST


# From which a vote can be opened. A hard matter is discussed first (难事共议, W).
_OPENS_FROM: dict[Urgency, tuple[ItemState, ...]] = {
    Urgency.URGENT: (ItemState.ACCEPTED, ItemState.DISCUSSING),
    Urgency.SMALL: (ItemState.ACCEPTED, ItemState.DISCUSSING),
    Urgency.HARD: (ItemState.DISCUSSING,),
}


def may_open(urgency: Urgency, state: ItemState, *, discussed: bool) -> bool:
    """Whether a vote can be opened: `discussed` says that an opinion was given or a meeting has dealt with the item."""
    return state in _OPENS_FROM[urgency] and (discussed or urgency is not Urgency.HARD)
