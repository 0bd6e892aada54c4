"""An alarm wakes somebody who may not know the program: each says what is wrong and what to do next."""

import re

import pytest

from domain.usecases.incidents import Alarm
from messages.console import phrase

VALUES = {"count": 3, "seconds": 65, "minutes": 5, "megabytes": 400, "names": "Sweep.alerts"}
TO_DO = {"zh": r"请", "en": r"\b(Look|Check|Restart|Make room|Phone|run bot\.py|Let them)\b"}


@pytest.mark.parametrize("locale", ["zh", "en"])
@pytest.mark.parametrize("alarm", list(Alarm))
def test_an_alarm_says_what_to_do_next(alarm: Alarm, locale: str) -> None:
    words = phrase(locale, "alarm", alarm, **VALUES)
    assert re.search(TO_DO[locale], words), words


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_what_was_set_aside_is_handled_again_by_a_command_that_its_alarm_names(locale: str) -> None:
    for words in (
        phrase(locale, "alarm", "set_aside", **VALUES),
        phrase(locale, "doctor_wrong", "set_aside", **VALUES),
    ):
        assert "bot.py updates" in words
        assert "update_set_aside" in words
