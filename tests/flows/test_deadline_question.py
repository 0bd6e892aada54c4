"""A vote's deadline as people type it."""

from datetime import UTC, datetime

import pytest

from handlers.deadline_question import ends_at, read_deadline
from tests.support.county import POLICY, SATURDAY

LOCAL = POLICY.today(SATURDAY)


@pytest.mark.parametrize(
    ("typed", "ends"),
    [
        ("3小时", "11-21 12:00"),
        ("3个小时后", "11-21 12:00"),
        ("90分钟", "11-21 10:30"),
        ("2天之后", "11-23 09:00"),
        ("２天", "11-23 09:00"),
        ("三小时", "11-21 12:00"),
        ("半小时", "11-21 09:30"),
        ("一个半小时后", "11-21 10:30"),
        ("2小时30分", "11-21 11:30"),
        ("十二小时", "11-21 21:00"),
        ("１１－２３　１８：００", "11-23 18:00"),
        ("明天１８：００", "11-22 18:00"),
        ("2 days", "11-23 09:00"),
        ("3 h", "11-21 12:00"),
        ("45 minutes", "11-21 09:45"),
        ("18:00", "11-21 18:00"),
        ("下午6点半", "11-21 18:30"),
        ("08:00", "11-21 08:00"),  # over already: whoever asks says so
        ("明天18:00", "11-22 18:00"),
        ("明天 下午6点", "11-22 18:00"),
        ("后天晚上8点", "11-23 20:00"),
        ("tomorrow 6 pm", "11-22 18:00"),
        ("11-25 18:00", "11-25 18:00"),
        ("11月25日 下午6点", "11-25 18:00"),
        ("2026-11-25 18:00", "11-25 18:00"),
        ("11月25日18点", "11-25 18:00"),
    ],
)
def test_it_is_read(typed: str, ends: str) -> None:
    said = read_deadline(typed, LOCAL, POLICY)
    assert said is not None
    assert f"{ends_at(said, SATURDAY).astimezone(POLICY.zone):%m-%d %H:%M}" == ends


@pytest.mark.parametrize(
    "typed",
    ["", "尽快", "半", "三小时18:00", "明天", "11-25", "明天3点", "25:00", "小时", "2月30日 18:00", "昨天18:00"],
)
def test_it_is_asked_again(typed: str) -> None:
    """A day without a time, or a time that leaves open which half of the day is meant, is no deadline."""
    assert read_deadline(typed, LOCAL, POLICY) is None


def test_a_length_begins_when_the_vote_does() -> None:
    later = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
    assert ends_at("m120", later) == datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
