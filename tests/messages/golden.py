"""The texts that every view is expected to have, as files to read and review.

After a wanted change of words: `python -m tests.messages.golden` writes them anew; look at the difference before you
commit it.
"""

from pathlib import Path

from messages.render import LOCALES, render, template_name
from tests.messages.samples import BARE, FULL, sample
from tests.messages.views import all_views

HERE = Path(__file__).parent / "golden"


def golden_file(kind: type, locale: str) -> Path:
    """Where the expected text of a view is."""
    return (HERE / locale / template_name(kind)).with_suffix(".txt")


def golden_text(kind: type, locale: str) -> str:
    """The view with everything filled, and below that with as little as possible, when that differs."""
    full = render(sample(kind, FULL), locale)
    bare = render(sample(kind, BARE), locale)
    return f"{full}\n" if full == bare else f"{full}\n\n======== with little ========\n{bare}\n"


def write_all() -> None:
    """Write every golden text, and remove those that belong to no view."""
    wanted = {golden_file(kind, locale): golden_text(kind, locale) for kind in all_views() for locale in LOCALES}
    for stale in set(HERE.rglob("*.txt")) - set(wanted):
        stale.unlink()
    for file, text in wanted.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_all()
