"""What the buttons of a council do."""

from handlers.council_binding import bind_pressed
from handlers.council_card import list_councils, show_council
from handlers.council_year import send_alliance, send_year, show_alliance, show_year
from handlers.item_list import show_items
from handlers.meeting_card import list_meetings
from handlers.project_list import list_projects
from handlers.record_presses import RecordPresses

councils_pressed = RecordPresses(
    "co",
    at_once={
        "meetings": list_meetings,
        "items": show_items,
        "projects": list_projects,
        "bind": bind_pressed,
        "show": show_council,
        "list": list_councils,
        "year": show_year,
        "yearfile": send_year,
        "union": show_alliance,
        "unionfile": send_alliance,
    },
    begins={
        "meet": ("meeting", {}),
        "settings": ("cosettings", {}),
        "propose": ("propose", {}),
    },
)
