"""What is read in the place of a name that is kept no longer."""

from messages.render import label


def former_name(number: int, locale: str) -> str:
    """Somebody who worked here and has left: her number tells her from others, and does not tell who she was."""
    return label("former", locale, "pseudonym").format(number=number)
