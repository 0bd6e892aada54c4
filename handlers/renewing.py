"""While the program is being renewed, replicas of the old and the new version meet each other's conversations."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.book import Talk
from handlers.flow import Flow

# So long after its last step a form that this version does not know is taken for one that a newer version asks, and
# then for one that a deploy has taken away (or that a newer version asked, before it was taken back).
SIDE_BY_SIDE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class FlowRenewing:
    """Another replica is renewed already and goes on with this form; here nothing of it is touched."""


def is_newer(flow: Flow | None, talk: Talk, now: datetime) -> bool:
    """Whether a newer version is going on with `talk`; `flow` is what this version knows by its name."""
    unknown = flow is None or talk.state.version > flow.version
    return unknown and now - talk.updated_at < SIDE_BY_SIDE
