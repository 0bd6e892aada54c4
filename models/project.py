"""What a council has decided is done: the project (领办项目), its steps, and what people say of it (spec 5)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, encrypted, enum_text, one_of


class ProjectState(StrEnum):
    """How far a project is."""

    ONGOING = "ongoing"
    DONE = "done"
    STOPPED = "stopped"  # with a reason


class CouncilProject(SQLModel, table=True):
    """The project of a passed item (微服务项目 / 执委领办, R D). It has an owner and a day as long as it goes on."""

    __tablename__ = "council_project"
    __table_args__ = (
        one_of("state", ProjectState),
        UniqueConstraint("item_id", name="project_of_an_item"),
        CheckConstraint("(state = 'ongoing') = (ended_on IS NULL)", name="ended_on_a_day"),
        CheckConstraint("state <> 'done' OR result IS NOT NULL", name="done_with_result"),
        Index(
            "ix_council_project_due",
            "due_on",
            sqlite_where=text("state = 'ongoing'"),
            postgresql_where=text("state = 'ongoing'"),
        ),
        Index("ix_council_project_council", "council_id", "state"),
    )

    id: int = Field(default=None, primary_key=True)
    conversation_id: str = Field(unique=True, max_length=36)
    item_id: int = Field(foreign_key="agenda_item.id")
    council_id: int = Field(foreign_key="council.id")
    owner_id: int = Field(foreign_key="member.id", index=True)
    what: str = Field(sa_type=encrypted("council_project.what"))
    state: ProjectState = Field(default=ProjectState.ONGOING, sa_type=enum_text(ProjectState))
    started_on: date
    due_on: date
    delays: int = 0
    ended_on: date | None = None
    result: str | None = Field(default=None, sa_type=encrypted("council_project.result"))
    rev: int = 0


class ProjectStep(SQLModel, table=True):
    """One step of a project."""

    __tablename__ = "project_step"
    __table_args__ = (UniqueConstraint("project_id", "position", name="project_step_once"),)

    id: int = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="council_project.id")
    position: int
    what: str = Field(sa_type=encrypted("project_step.what"))
    done_on: date | None = None


class ProjectEvent(StrEnum):
    """What an entry of a project's history says."""

    STARTED = "started"
    PROGRESS = "progress"
    STEP_DONE = "step_done"
    DELAYED = "delayed"
    HANDED = "handed"
    DONE = "done"
    STOPPED = "stopped"
    RATING_ASKED = "rating_asked"
    RATING_OVER = "rating_over"


class ProjectEntry(SQLModel, table=True):
    """An entry of a project's history. Triggers of the database refuse to change or delete one."""

    __tablename__ = "project_entry"
    __table_args__ = (one_of("kind", ProjectEvent), Index("ix_project_entry_project", "project_id", "id"))

    id: int = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="council_project.id")
    kind: ProjectEvent = Field(sa_type=enum_text(ProjectEvent))
    at: datetime = Field(sa_type=UtcDateTime)
    by_id: int | None = Field(default=None, foreign_key="member.id")
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    body: str | None = Field(default=None, sa_type=encrypted("project_entry.body"))
    conversation_id: str | None = Field(default=None, unique=True, max_length=36)


class ProjectRating(SQLModel, table=True):
    """How satisfied those are whom a project concerns: 1 to 5, anonymous, as one sealed box (`domain/rules/urn.py`)."""

    __tablename__ = "project_rating"
    __table_args__ = (
        CheckConstraint("until > asked_at", name="ends_after_start"),
        Index("ix_project_rating_until", "until", sqlite_where=text("NOT over"), postgresql_where=text("NOT over")),
    )

    project_id: int = Field(primary_key=True, foreign_key="council_project.id")
    asked_at: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
    over: bool = False
    contents: str = Field(sa_type=encrypted("project_rating.contents"))


class RatingAsked(SQLModel, table=True):
    """Somebody who is asked; `position` is her place on the list, by which the box knows her."""

    __tablename__ = "rating_asked"
    __table_args__ = (UniqueConstraint("project_id", "position", name="rating_place_once"),)

    project_id: int = Field(primary_key=True, foreign_key="council_project.id")
    member_id: int = Field(primary_key=True, foreign_key="member.id", index=True)
    position: int
