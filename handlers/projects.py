"""What the buttons of a project do."""

from handlers.record_presses import RecordPresses

projects_pressed = RecordPresses(
    "proj",
    at_once={},
    begins={},
)
