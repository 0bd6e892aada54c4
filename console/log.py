"""The program's own log: one line an event on standard error, and never what people wrote."""

import logging
import re
import traceback
from pathlib import Path

import structlog
from structlog.typing import EventDict

FRAMES = 12  # of each exception in a log line


def set_up_logging(level: str) -> None:
    """One line an event on standard error. Libraries that could print a token or a text stay quiet."""
    structlog.configure(wrapper_class=structlog.stdlib.BoundLogger, logger_factory=structlog.stdlib.LoggerFactory())
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            tell_where,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "logger", "event"]),
        ]
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    hush_libraries()


def hush_libraries() -> None:
    """Let no library write what it was given: a token, a text, a row with somebody's vote."""
    for noisy in ("httpx", "httpcore", "telegram", "aiohttp", "alembic", "aiosqlite", "uvicorn", "PIL", "sqlalchemy"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # It warns every second while a tick is still at work, which is how a province's morning looks.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def tell_where(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Put an exception into the line as its kinds and places, never its message: that may quote what people wrote."""
    if event.get("logger") == "asyncio":
        # After its own words asyncio writes down the call and the task, with what they were given and how they ended.
        event["event"] = re.split(r"[\n(<]", str(event["event"]), maxsplit=1)[0]
    error = event.pop("exc_info", None)
    error = error[1] if isinstance(error, tuple) else error
    kinds, frames = [], []
    while isinstance(error, BaseException):
        kinds.append(type(error).__name__)
        frames += [
            f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)[-FRAMES:]
        ]
        error = error.__cause__ or error.__context__
    if kinds:
        event["error"], event["at"] = " < ".join(kinds), " < ".join(frames)
    return event
