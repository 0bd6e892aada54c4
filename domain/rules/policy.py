"""The figures a county can set. The defaults are ours where the sources name none."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.rules.catalogue import Catalogue, shipped_catalogue
from domain.rules.chains import Chains, shipped_chains
from domain.rules.ladder_file import Ladder, shipped_ladder
from domain.rules.retention import Retention, shipped_retention
from models.household import Tier

BACKDATE_DAYS = 7  # so many days a visit may be filed later; the form's buttons go back as far
LEAVE_AHEAD_DAYS = 90  # so many days ahead leave may be noted


@dataclass(frozen=True, slots=True)
class Policy:
    """A county's settings, all in one place. Days are local days of `zone`."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    ordinary_months: int = 3  # 一般户: the sources say "routine"
    retry_days: int = 2  # nobody home
    refused_days: int = 7  # refused, or not possible
    nobody_home_limit: int = 3
    key_review_days: int = 90
    digest_at: time = time(8, 0)
    quiet_from: time = time(21, 0)
    quiet_until: time = time(7, 0)
    late_days: dict[Tier, int] = field(
        default_factory=lambda: {Tier.KEY: 2, Tier.WATCH: 7, Tier.ORDINARY: 14}
    )  # after these the instructor hears of it; after twice as many the head
    invite_hours: int = 24
    term_years: int = 3  # of a post, when it is renewed (M)
    draft_hours: int = 24
    catalogue: Catalogue = field(default_factory=shipped_catalogue)
    chains: Chains = field(default_factory=shipped_chains)
    ladder: Ladder = field(default_factory=shipped_ladder)
    retention: Retention = field(default_factory=shipped_retention)
    duplicate_days: int = 30
    details_minutes: int = 10  # after these what was shown of a lead leaves the chat
    revisit_days: tuple[int, ...] = (7, 30)
    referral_days: int = 14
    whistle_hours: int = 24  # a whistle that nobody answered climbs
    glass_minutes: int = 30
    register_items: frozenset[str] = frozenset({"people_count", "situation", "contact", "needs", "composition"})

    def always_awake(self) -> "Policy":
        """The same county without a night: for the sandbox, where a newcomer wants to see her morning at once."""
        midnight = time(0)
        return replace(self, digest_at=midnight, quiet_from=midnight, quiet_until=midnight)

    def today(self, now: datetime) -> date:
        """The county's local day at `now`."""
        return now.astimezone(self.zone).date()

    def at(self, day: date, clock: time) -> datetime:
        """The instant of `clock` on the local `day`."""
        return datetime.combine(day, clock, tzinfo=self.zone)

    def is_quiet(self, now: datetime) -> bool:
        """Whether `now` lies in the quiet hours, which may span midnight."""
        clock = now.astimezone(self.zone).time()
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= clock < self.quiet_until
        return clock >= self.quiet_from or clock < self.quiet_until

    def after_quiet(self, now: datetime) -> datetime:
        """`now`, or the end of the quiet hours it lies in."""
        if not self.is_quiet(now):
            return now
        local = now.astimezone(self.zone)
        day = local.date() if local.time() < self.quiet_until else local.date() + timedelta(days=1)
        # In UTC: hours that are added to it are hours, also over a change of the clocks.
        return self.at(day, self.quiet_until).astimezone(UTC)
