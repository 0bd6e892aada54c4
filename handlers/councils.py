"""What the buttons of a council do."""

from handlers.record_presses import RecordPresses

councils_pressed = RecordPresses(
    "co",
    at_once={},
    begins={},
)
