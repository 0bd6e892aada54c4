"""What the command line says: words one after the other are joined as their language joins them."""

import pytest

from messages.console import phrase


@pytest.mark.parametrize(("locale", "joined"), [("zh", "T-A、T-B"), ("en", "T-A, T-B")])
def test_a_list_is_joined_as_its_language_joins_words(locale: str, joined: str) -> None:
    assert joined in phrase(locale, "doctor_wrong", "terms", count=2, names=["T-A", "T-B"])
