"""What is kept of half an answer, where the buttons do not show it."""

from dataclasses import dataclass

from handlers.party_questions import OwnRows
from handlers.question_kinds import Photos, Telling
from handlers.questions import Asked, Many, Question
from models.lead import FileKind


@dataclass(frozen=True, slots=True)
class NotedSoFar:
    """The words of her own that are kept already."""

    text: str


@dataclass(frozen=True, slots=True)
class PhotosSoFar:
    """How many photos are kept already."""

    count: int


@dataclass(frozen=True, slots=True)
class ToldSoFar:
    """What is told and sent already."""

    text: str
    photos: int
    voices: int


def so_far(question: Question, asked: Asked) -> list[object]:
    """The views of what she has answered of it already."""
    match question, asked.partial:
        case Many(), {"text": str(text)} if text:
            return [NotedSoFar(text)]
        case Photos(), [*photos] if photos:
            return [PhotosSoFar(len(photos))]
        case Telling(), {"text": str(text), "files": [*files]}:
            photos = sum(kind == FileKind.PHOTO for kind, *_ in files)
            return [ToldSoFar(text, photos, len(files) - photos)]
        case OwnRows() as own, _:
            view = own.so_far(asked)
            return [] if view is None else [view]
    return []
