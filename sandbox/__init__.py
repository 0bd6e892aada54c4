"""An embedded stand-in for Telegram: a Bot API server, the people who write to the bot, and a chat page."""
