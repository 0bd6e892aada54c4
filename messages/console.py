"""What the command line says: plain text, in the language of the installation."""

import tomllib
from collections.abc import Mapping
from functools import cache

from messages.render import HERE


@cache
def phrases(locale: str) -> Mapping[str, Mapping[str, str]]:
    """All phrases of a language, by section and key."""
    return tomllib.loads((HERE / locale / "console.toml").read_text(encoding="utf-8"))


def phrase(locale: str, section: str, key: str, **values: object) -> str:
    """The phrase with its values filled in. Raises KeyError for one that is missing: a mistake a test finds."""
    return phrases(locale)[section][key].format(**values)
