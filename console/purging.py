"""`purge`: forget what the rules of retention have come to; the bot does the same every night."""

import argparse

from tqdm import tqdm

from console.desk import Desk, prepare
from domain.usecases.forgetting import count_expired, forget_batch
from domain.usecases.holds import holds
from messages.console import phrase
from messages.pseudonym import former_name

BY = "bot.py purge"


def declare_purge(parser: argparse.ArgumentParser) -> None:
    """The options of `purge`."""
    parser.add_argument("--dry-run", action="store_true", help="only say how much each rule would forget")


async def purge(desk: Desk, args: argparse.Namespace) -> int:
    """Count by rule, and forget unless it is a dry run; a line for each rule."""
    locale, rules = desk.settings.locale, desk.policy.retention.rules
    await prepare(desk.database)
    counts: dict[str, int] = {}
    for rule in rules:
        async with desk.database.transaction() as session:
            counts[rule.entity] = await count_expired(session, rule, now=desk.now, policy=desk.policy)
    done = dict.fromkeys(counts, 0)
    if not args.dry_run:
        done = await _forget(desk, counts)
    for rule in rules:
        print(
            phrase(
                locale,
                "purge",
                "would" if args.dry_run else "rule",
                entity=phrase(locale, "entity", rule.entity),
                day=rule.last_day(desk.today),
                count=counts[rule.entity] if args.dry_run else done[rule.entity],
            )
        )
    async with desk.database.transaction() as session:
        held = sum(one.hold.lifted_at is None for one in await holds(session))
    total = sum(counts.values() if args.dry_run else done.values())
    print(phrase(locale, "purge", "would_all" if args.dry_run else "all", count=total, held=held))
    return 0


async def _forget(desk: Desk, counts: dict[str, int]) -> dict[str, int]:
    """Rule after rule, batch by batch: what one makes free, as a dispute its lead, a later one may forget."""
    done = dict.fromkeys(counts, 0)
    with tqdm(total=sum(counts.values()), unit="", disable=None) as bar:
        for rule in desk.policy.retention.rules:
            after = None
            while True:
                async with desk.database.transaction() as session:
                    gone = await forget_batch(
                        session, rule, now=desk.now, policy=desk.policy, former=former_name, after=after, by=BY
                    )
                if not gone:
                    break
                after = gone[-1]
                done[rule.entity] += len(gone)
                bar.update(len(gone))
    # What rows held before they went stands in the write-ahead log of the embedded database until it is emptied.
    await desk.database.forget_overwritten()
    return done
