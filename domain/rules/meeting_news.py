"""What can happen to a council's meeting and to its record, as those concerned are told of it (spec 5)."""

from enum import StrEnum


class MeetingTold(StrEnum):
    """What is told of a council's meeting."""

    CALLED = "called"
    EVE = "eve"
    SOON = "soon"  # two hours before
    MOVED = "moved"  # to another day, time or place
    BEGUN = "begun"
    STRUCK_OFF = "struck_off"  # to whoever stood on the list by mistake
    CANCELLED = "cancelled"
    NOT_BEGUN = "not_begun"  # the day after, to those who keep its list
    NOT_ENDED = "not_ended"


class RecordTold(StrEnum):
    """What is told of a meeting's record."""

    OUT = "out"  # three days for corrections
    ANEW = "anew"  # a correction was taken: another version, and three days again
    FINAL = "final"
    CORRECTION = "correction"  # to those who keep it: somebody wants something corrected
    WAITS = "waits"  # to the chair: the days are over, and a correction is not answered
    TAKEN = "taken"  # to whoever asked
    NOT_TAKEN = "not_taken"
