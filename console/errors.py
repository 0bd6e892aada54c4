"""How a command ends early, and what its process says at the end."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable


class CommandError(Exception):
    """A command cannot do what was asked: one clear line (or one for each mistake), and the exit status."""

    def __init__(self, words: str, status: int = 2) -> None:
        super().__init__(words)
        self.status = status


def exit_status(work: Callable[[], int], *, until_told: bool) -> int:
    """What `work` returns; or, when it ends early, what that means, with a line on standard error where one helps.

    `until_told`: it runs until it is told to stop, which is then its good end.
    """
    try:
        return work()
    except CommandError as error:
        print(error, file=sys.stderr)
        return error.status
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 0 if until_told else 130  # a command that was cut off has not done its work
    except BrokenPipeError:
        # The reader (`| head`) has seen enough; Python must not complain when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:
        # By its kinds and places: Python's own traceback would quote what people wrote.
        logging.getLogger("suozi").critical("program_failed", exc_info=True)
        return 70
