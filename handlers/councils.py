"""What the buttons of a council do."""

from handlers.council_card import list_councils, show_council
from handlers.record_presses import RecordPresses

councils_pressed = RecordPresses(
    "co",
    at_once={
        "show": show_council,
        "list": list_councils,
    },
    begins={
        "settings": ("cosettings", {}),
    },
)
