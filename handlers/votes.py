"""What the buttons of a ballot do, in its group and in private."""

from handlers.record_presses import RecordPresses

votes_pressed = RecordPresses(
    "vote",
    at_once={},
    begins={},
)
