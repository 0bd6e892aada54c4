"""What chance decides for the ladder's machine, each drawn as one number.

Whatever could be drawn piece by piece can be drawn so; a list or a set that is drawn piece by piece costs hypothesis
several times what trying it costs.
"""

from hypothesis import strategies as st

from domain.rules.ladder_file import shipped_ladder
from models.mediation import AttemptResult

KEYS = [rung.key for rung in shipped_ladder().rungs]
_LIKELY = [*[AttemptResult.FAILED] * 4, *AttemptResult]
_LONGEST = 6


def _results(number: int) -> list[AttemptResult]:
    """One to six results."""
    number, more = divmod(number, _LONGEST)
    found = []
    for _ in range(more + 1):
        number, which = divmod(number, len(_LIKELY))
        found.append(_LIKELY[which])
    return found


def _tries(number: int) -> list[int]:
    """One to four tries for each rung."""
    return [1 + number // 4**place % 4 for place in range(len(KEYS))]


def _existing(number: int) -> set[str]:
    """Some of the rungs below the last one."""
    return {key for place, key in enumerate(KEYS[:-1]) if number >> place & 1}


RESULTS = st.integers(0, _LONGEST * len(_LIKELY) ** _LONGEST - 1).map(_results)
TRIES = st.integers(0, 4 ** len(KEYS) - 1).map(_tries)
EXISTING = st.integers(0, 2 ** (len(KEYS) - 1) - 1).map(_existing)
