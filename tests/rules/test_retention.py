"""The rules of retention as data: what ships is sound, and each mistake is one line."""

from datetime import date
from pathlib import Path

import pytest

from domain.rules.retention import SINCE, Entity, RetentionError, read_retention, shipped_retention

GOOD = '[[rules]]\nentity = "visit"\nsince = "visited_on"\ndays = 30\n'


def test_what_ships_has_a_rule_for_everything_and_disputes_go_before_leads() -> None:
    rules = shipped_retention().rules
    assert {rule.entity for rule in rules} == set(Entity) == set(SINCE)
    order = [rule.entity for rule in rules]
    assert order.index(Entity.DISPUTE) < order.index(Entity.LEAD)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[rules", "retention.toml: "),
        ("rule = 1", "knows no 'rule'"),
        ("rules = 1", "needs [[rules]]"),
        ("rules = [1]", "rule 1: must be a table"),
        (GOOD + GOOD, "rule 2: visit stands twice"),
        (GOOD.replace('visit"', 'area"'), "rule 1: entity 'area' is none"),
        (GOOD.replace("visited_on", "now"), "rule 1: since 'now' is no day of visit"),
        (GOOD.replace("30", "6"), "rule 1: days must be a whole number from 7"),
        (GOOD.replace("30", "true"), "rule 1: days must be a whole number"),
        (GOOD.replace("30", "40000"), "rule 1: days must be a whole number"),
        (GOOD + 'but = "keep"', "rule 1: knows no 'but'"),
    ],
)
def test_the_first_mistake_is_said(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "retention.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(RetentionError) as caught:
        read_retention(file)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_may_forget_nothing_and_one_that_is_not_there_is_said(tmp_path: Path) -> None:
    file = tmp_path / "retention.toml"
    with pytest.raises(RetentionError, match="No such file"):
        read_retention(file)
    file.write_text("", encoding="utf-8")
    assert read_retention(file).rules == ()


def test_days_are_counted_back_from_today(tmp_path: Path) -> None:
    file = tmp_path / "retention.toml"
    file.write_text(GOOD, encoding="utf-8")
    assert read_retention(file).rules[0].last_day(date(2028, 3, 1)) == date(2028, 1, 31)
