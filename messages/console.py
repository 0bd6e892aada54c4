"""What the command line says: plain text, in the language of the installation."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache

from messages.render import HERE


@cache
def phrases(locale: str) -> Mapping[str, Mapping[str, str]]:
    """All phrases of a language, by section and key."""
    return tomllib.loads((HERE / locale / "console.toml").read_text(encoding="utf-8"))


def phrase(locale: str, section: str, key: str, **values: object) -> str:
    """The phrase with its values filled in, a list of words as the language joins them.

    Raises KeyError for one that is missing: a mistake a test finds.
    """
    filled = {name: listed(value, locale) if isinstance(value, list) else value for name, value in values.items()}
    return phrases(locale)[section][key].format(**filled)


def listed(words: Sequence[object], locale: str) -> str:
    """Words one after the other."""
    return ("、" if locale == "zh" else ", ").join(map(str, words))
