"""A lead on one line, as the buttons of lists show it: its code, its colour, and why it is there; nothing personal."""

from domain.usecases.lead_lists import LeadStanding
from messages.render import label
from models.lead import Lead


def lead_line(lead: Lead, standing: LeadStanding, locale: str) -> str:
    """Colour mark, code, and why it is on the list."""
    why = label(standing.value, locale, "lead_standing")
    return f"{label(lead.colour.value, locale, 'colour_mark')} {lead.code} · {why}"
