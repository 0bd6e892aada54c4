"""What `doctor` asks about operating: the webhook, the clock, who hears alarms, and whether copies can be restored."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from console.checks import Finding
from console.desk import Desk
from domain.channel import Standing
from domain.usecases.incidents import top_administrators
from domain.usecases.restore_drills import last_drill

CLOCK_OFF = 30  # seconds
TROUBLE = timedelta(hours=1)  # Telegram goes on telling its last trouble for ever
DRILL = timedelta(days=3)


async def check_standing(desk: Desk) -> list[Finding]:
    """What Telegram knows better than we do. Nothing without a token, or while it gives no answer."""
    standing = await desk.standing() if desk.settings.bot_token and desk.standing is not None else None
    if standing is None:
        return []
    findings = [_webhook(standing, desk.settings.webhook_url, desk.now)]
    if standing.clock_ahead is not None:
        off = round(standing.clock_ahead)
        findings.append(Finding("telegram_clock", abs(off) <= CLOCK_OFF, {"seconds": off}))
    if standing.alarm_chat is not None:
        findings.append(Finding("alarm_chat", standing.alarm_chat, {"chat": desk.settings.alarm_chat}))
    return findings


def _webhook(standing: Standing, wanted: str, now: datetime) -> Finding:
    values: dict[str, object] = {"pending": standing.pending, "reason": standing.trouble}
    if not wanted:
        # A running bot takes away what is in its way; while none runs, it is only worth a look.
        return Finding("polling", not standing.webhook, values, grave=False)
    if not standing.webhook.startswith(f"{wanted}/"):
        return Finding("webhook", False, values)
    recent = standing.trouble_at is not None and standing.trouble_at > now - TROUBLE
    return Finding("webhook_trouble" if recent else "webhook", not recent, values, grave=False)


async def check_operating(session: AsyncSession, desk: Desk) -> list[Finding]:
    """Whether somebody hears alarms, and when a restore drill last succeeded."""
    findings = []
    if not desk.settings.alarm_chat:
        count = len(await top_administrators(session, desk.today))
        findings.append(Finding("alarm_listeners", count > 0, {"count": count}, grave=False))
    if desk.database.is_sqlite:
        last = await last_drill(session)
        if last is None:
            findings.append(Finding("drill_never", False, {}, grave=False))
        else:
            day = f"{last.astimezone(desk.policy.zone):%Y-%m-%d %H:%M}"
            findings.append(Finding("drill", last > desk.now - DRILL, {"day": day}, grave=False))
    return findings
