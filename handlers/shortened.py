"""Long names on buttons: a telephone shows some forty characters of one and cuts the rest."""

NAME = 20  # characters
DOOR = 20
_CUT = "…"


def short_name(name: str) -> str:
    """The beginning of a long name."""
    return name if len(name) <= NAME else name[: NAME - 1] + _CUT


def short_door(address: str) -> str:
    """The end of a long address: that is where the door stands."""
    return address if len(address) <= DOOR else _CUT + address[-(DOOR - 1) :]
