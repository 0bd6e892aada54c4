"""What the buttons of an agenda item do."""

from handlers.record_presses import RecordPresses

items_pressed = RecordPresses(
    "item",
    at_once={},
    begins={
        "project": ("project", {}),
    },
)
