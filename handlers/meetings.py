"""What the buttons of a council's meeting do."""

from handlers.record_presses import RecordPresses

meetings_pressed = RecordPresses(
    "meet",
    at_once={},
    begins={},
)
