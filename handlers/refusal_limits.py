"""What an answer that was refused would have to keep to: whoever hears "too much" hears how much is not."""

from enum import StrEnum
from typing import Any

from handlers.day_questions import ComingDay, Day
from handlers.far_day import FarDay
from handlers.question_kinds import Telling
from handlers.questions import Asked, Many, Number, Question, Refusal, Text
from handlers.text_questions import TextAnew


def limits_of(question: Question, refusal: StrEnum, asked: Asked) -> dict[str, Any]:
    """The limits of `question` that an answer refused for this reason went beyond, as fields of the refusal."""
    match refusal, question:
        case Refusal.DAY_TOO_FAR, ComingDay() | FarDay():
            return {"latest": question.latest(asked)}
        case Refusal.DAY_TOO_OLD, Day():
            return {"earliest": question.earliest(asked)}
        case Refusal.NUMBER_OUT_OF_RANGE, Number():
            return {"lowest": question.low, "highest": question.high}
        case Refusal.TEXT_TOO_LONG, Text() | TextAnew() | Telling():
            return {"longest": question.limit}
        case Refusal.TEXT_TOO_LONG, Many():
            return {"longest": question.free_text}
    return {}
