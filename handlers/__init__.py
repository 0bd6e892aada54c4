"""What a person can do in a chat. Nothing outside this package knows Telegram."""
