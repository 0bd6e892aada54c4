"""Who the bot is, in Telegram's own words: one call, for whoever must know before anything runs."""

from telegram.error import TelegramError

from handlers.api import BotApi
from handlers.poll import TokenRefused
from handlers.request import AiohttpRequest


class NoAnswerError(Exception):
    """The Bot API gave no usable answer."""


async def bot_username(api_url: str, token: str) -> str:
    """The bot's username. Raises TokenRefused or NoAnswerError."""
    request = AiohttpRequest(connections=1)
    await request.initialize()
    try:
        answer = await BotApi(request, f"{api_url}/bot{token}").call("getMe", {})
    except TelegramError as error:
        raise NoAnswerError(type(error).__name__) from None
    finally:
        await request.shutdown()
    if answer.code in (401, 404):
        raise TokenRefused("Telegram does not know this token")
    if not answer.ok:
        raise NoAnswerError(f"it answers with code {answer.code}")
    return str(answer.result["username"])


async def own_name(api: BotApi) -> str:
    """The bot's username, for links that lead to it; empty while Telegram gives no answer."""
    try:
        answer = await api.call("getMe", {})
    except TelegramError:
        return ""
    return str(answer.result.get("username") or "") if answer.ok else ""
