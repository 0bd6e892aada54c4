"""How a command ends early."""


class CommandError(Exception):
    """A command cannot do what was asked: one clear line (or one for each mistake), and the exit status."""

    def __init__(self, words: str, status: int = 2) -> None:
        super().__init__(words)
        self.status = status
