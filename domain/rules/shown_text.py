"""What of a text is to be seen: signs that show nothing, or turn the words around, are no words (spec 5)."""

import unicodedata

# They show nothing though Unicode calls them letters, marks or symbols: fillers, the empty braille pattern, joiners.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_JOINER = "\u200d"
_UNSEEN = ("Cc", "Cf", "Cs", "Zs", "Zl", "Zp")


def _is_variation(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\u180b" <= char <= "\u180f" or "\U000e0100" <= char <= "\U000e01ef"


def without_hidden(text: str) -> str:
    """The text as it is stored: without what is not seen, or turns the order of the words around. Emoji stay whole."""
    kept: list[str] = []
    for place, char in enumerate(text):
        if char == _JOINER or _is_variation(char) or "\U000e0020" <= char <= "\U000e007f":
            if place and _of_emoji(text[place - 1]):
                kept.append(char)
        elif unicodedata.category(char) != "Cf":
            kept.append(char)
    return "".join(kept)


def shows_nothing(text: str) -> bool:
    """Whether nothing of it would be seen."""
    return all(
        char in _BLANK or _is_variation(char) or unicodedata.category(char) in _UNSEEN or char.isspace()
        for char in text
    )


def folded(text: str) -> str:
    """The text in one way of writing, to be looked through: ordinary digits and letters, and nothing hidden in it.
    Its words stay as they are.
    """
    plain = unicodedata.normalize("NFKC", text)
    return "".join(_digit(char) for char in plain if not _is_hidden(char))


def _is_hidden(char: str) -> bool:
    return char in _BLANK or _is_variation(char) or unicodedata.category(char) in ("Cf", "Me")


def _digit(char: str) -> str:
    """Arabic-Indic digits and all others are digits."""
    return str(unicodedata.decimal(char)) if char.isdecimal() else char


def _of_emoji(before: str) -> bool:
    """Whether a joiner or a variation after it belongs to a picture: after letters they are only hidden."""
    drawn = unicodedata.category(before) in ("So", "Sk", "Me")
    return drawn or _is_variation(before) or before in "#*0123456789‼⁉" or "\U000e0020" <= before <= "\U000e007e"
