"""Photos and voice messages that come after their question: they are not lost (spec 3).

Whoever sends words, a voice message and a photo in one go is at the next question with the words already.
"""

from collections.abc import Sequence
from dataclasses import replace

from handlers.flow import Step
from handlers.inputs import Input, SentFile, SentPhoto, SentVoice
from handlers.question_kinds import Telling
from handlers.questions import Asked, Half, Refusal


def taken_late(questions: Sequence[Step], given: Input, asked: Asked) -> tuple[str, Half | Refusal] | None:
    """What becomes of `given` as more of what she has told already: the step's key, and the answer with it or why not.

    None when it is nothing of the kind, or nothing has been told yet.
    """
    if not isinstance(given, SentPhoto | SentVoice | SentFile):
        return None
    for step in questions:
        if isinstance(step.answer, Telling) and asked.answers.get(step.key):
            taken = step.answer.take(given, replace(asked, partial=asked.answers[step.key]))
            return (step.key, taken) if isinstance(taken, Half | Refusal) else None
    return None
