"""What a message is as an answer: Telegram's shapes end here."""

from telegram import Message

from handlers.inputs import Content, Input, SentFile, SentOther, SentPhoto, SentPlace, SentVoice, Typed


def read_input(message: Message) -> Input:
    """What a message is as an answer."""
    if message.text is not None:
        return Typed(message.text, forwarded=message.forward_origin is not None)
    sent = _sent_file(message)
    if sent is not None:
        return sent
    if message.location is not None:
        return SentPlace(message.location.latitude, message.location.longitude)
    for content in Content:
        if getattr(message, content.value, None):
            return SentOther(content)
    return SentOther(Content.OTHER)


def _sent_file(message: Message) -> SentPhoto | SentVoice | SentFile | None:
    caption = message.caption or ""
    if message.photo:
        return SentPhoto(message.photo[-1].file_id, caption)
    if message.voice is not None:
        return SentVoice(message.voice.file_id, caption, message.voice.file_size)
    if message.document is not None:
        return SentFile(message.document.file_id, message.document.mime_type or "", message.document.file_size, caption)
    return None
