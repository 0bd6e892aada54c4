"""A planned mediation or meeting as a calendar file (RFC 5545): when it is and its code, nothing else (spec 8).

A calendar is shared, synchronised and shown on locked screens: no name, no place, no matter stands in it.
"""

from datetime import UTC, datetime, timedelta

_LENGTH = timedelta(hours=2)  # nobody says how long it will take
_EARLIER = "-PT2H"
_LINE_BYTES = 75


def calendar_file(kind: str, code: str, number: int, starts_at: datetime, title: str, *, now: datetime) -> bytes:
    """The file of the mediation or meeting (`kind`) with this number.

    The same one has the same UID for ever: a second file renews the entry and adds none.
    """
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//suozi//{kind}//ZH",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{kind}-{number}-{code}@suozi",
        f"DTSTAMP:{_utc(now)}",
        f"DTSTART:{_utc(starts_at)}",
        f"DTEND:{_utc(starts_at + _LENGTH)}",
        f"SUMMARY:{_escaped(title)}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_escaped(title)}",
        f"TRIGGER:{_EARLIER}",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return b"".join(_folded(line) for line in lines)


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """The line in pieces of at most 75 bytes, none of which cuts a character in two."""
    pieces: list[bytes] = []
    piece = b""
    for sign in line:
        more = sign.encode()
        # A further line begins with a space, which counts.
        if len(piece) + len(more) > _LINE_BYTES - bool(pieces):
            pieces.append(piece)
            piece = b""
        piece += more
    return b"\r\n ".join([*pieces, piece]) + b"\r\n"
