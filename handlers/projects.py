"""What the buttons of a project do."""

from handlers.project_card import show_project
from handlers.project_line import show_history, show_photos
from handlers.project_list import list_own_projects
from handlers.project_rating import ask_rating, rate_pressed
from handlers.record_presses import RecordPresses

projects_pressed = RecordPresses(
    "proj",
    at_once={
        "show": show_project,
        "line": show_history,
        "files": show_photos,
        "mine": list_own_projects,
        "rating": ask_rating,
        "rate": rate_pressed,
    },
    begins={
        "progress": ("progress", {}),
        "delay": ("projdelay", {}),
        "hand": ("projhand", {}),
        "finish": ("projdone", {}),
        "stop": ("projstop", {}),
    },
)
