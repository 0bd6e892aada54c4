"""One file is one conversation: data, without Telegram."""
