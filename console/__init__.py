"""The operator's commands: what `bot.py` can do besides running."""
