"""All conversations, by name."""

from handlers.flow import Flow
from handlers.flows.find import FIND
from handlers.flows.hhadd import HHADD
from handlers.flows.hhedit import HHEDIT
from handlers.flows.hhmerge import HHMERGE
from handlers.flows.hhmove import HHMOVE
from handlers.flows.hhpeople import HHPEOPLE
from handlers.flows.hhtier import HHTIER
from handlers.flows.visit import VISIT

FLOWS: dict[str, Flow] = {flow.name: flow for flow in (VISIT, FIND, HHADD, HHEDIT, HHTIER, HHPEOPLE, HHMOVE, HHMERGE)}


def hushed_flows() -> frozenset[str]:
    """The names of the conversations that leave nothing of theirs in the chat."""
    return frozenset(flow.name for flow in FLOWS.values() if flow.hush)
