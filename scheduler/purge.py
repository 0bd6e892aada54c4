"""The nightly forgetting: rule after rule, in batches between which the chats go on."""

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from domain.rules.policy import Policy
from domain.rules.retention import RetentionRule
from domain.usecases.forgetting import forget_batch
from messages.pseudonym import former_name
from models.session import Database

_log = logging.getLogger(__name__)


async def purge(database: Database, *, clock: Callable[[], datetime], policy: Policy) -> int:
    """Forget what the rules have come to, and say how many records that were. A replica that does the same waits.

    A rule that fails is logged and left to the next night; the others go on.
    """
    total = 0
    for rule in policy.retention.rules:
        try:
            gone = await _forget(database, rule, clock=clock, policy=policy)
        except SQLAlchemyError:
            _log.exception("purge_failed rule=%s", rule.entity)
            continue
        if gone:
            _log.info("purged rule=%s records=%d", rule.entity, gone)
        total += gone
    if total:
        await database.forget_overwritten()
    return total


async def _forget(database: Database, rule: RetentionRule, *, clock: Callable[[], datetime], policy: Policy) -> int:
    total, after = 0, None
    while True:
        async with database.transaction() as session:
            gone = await forget_batch(session, rule, now=clock(), policy=policy, former=former_name, after=after)
        if not gone:
            return total
        total, after = total + len(gone), gone[-1]
