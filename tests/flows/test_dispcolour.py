"""The colour of an open dispute, raised or lowered by whoever works on it; its clocks follow."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.refusals import Reason, RefusedError
from domain.usecases.dispute_colours import recolour_dispute
from models.dispute import DisputeEntryKind, DisputeStep
from models.lead import Colour
from tests.support.attempts import accept, failed_twice
from tests.support.county import INSTRUCTOR, OTHER_HEAD
from tests.support.dispute_life import begins, days_later, declined, entries
from tests.support.hands import Bench
from tests.support.ladder import ELDER, GROUP_WORKER, OTHER_ELDER, a_dispute, actor_of, add_ladder, change, dispute_of
from tests.support.matters import look_away


async def waiting(bench: Bench, colour: Colour = Colour.YELLOW) -> int:
    """A case of this colour that waits on the elders' rung to be accepted."""
    await add_ladder(bench)
    number = await a_dispute(bench)
    await failed_twice(bench, number, GROUP_WORKER)
    hours = timedelta(hours=bench.policy.ladder.clocks[colour].accept_hours)
    at = bench.policy.after_quiet(bench.clock.now) + hours
    await change(bench, number, colour=colour, next_step_at=at, next_on=bench.policy.today(at))
    await look_away(bench)
    return number


async def test_it_is_raised_without_a_word_and_waits_shorter_to_be_accepted(bench: Bench) -> None:
    number = await waiting(bench)
    elder = bench.person(ELDER)
    question = await begins(elder, "colour", number)
    assert [label for label in question.labels if "红" in label or "黄" in label] == []
    await elder.press("橙")
    summary = await elder.press("跳过")
    assert "黄" in summary.text
    assert "橙" in summary.text
    assert "已调为" in (await elder.press("保存")).text
    dispute = await dispute_of(bench, number)
    assert (dispute.colour, dispute.next_step) == (Colour.ORANGE, DisputeStep.ACCEPT)
    assert dispute.next_step_at == bench.policy.after_quiet(dispute.rung_since) + timedelta(hours=4)
    (entry,) = await entries(bench, number, DisputeEntryKind.COLOUR)
    assert (entry.body, entry.detail) == (None, {"before": "yellow", "colour": "orange"})
    await bench.deliverer.deliver_all()
    assert ["改成了这个颜色" in said.text for said in bench.person(OTHER_ELDER).reads()] == [True]
    assert "调整颜色 · 🟠 橙" in (await begins(elder, "line", number)).text
    await look_away(bench)


async def test_it_is_lowered_with_a_reason_alone(bench: Bench) -> None:
    number = await waiting(bench)
    elder = bench.person(ELDER)
    await begins(elder, "colour", number)
    question = await elder.press("蓝")
    assert not [label for label in question.labels if "跳过" in label]
    await elder.say("两家都不急了")
    receipt = await elder.press("保存")
    assert "不急" not in receipt.text
    dispute = await dispute_of(bench, number)
    assert dispute.colour is Colour.BLUE
    assert dispute.next_step_at == bench.policy.after_quiet(dispute.rung_since) + timedelta(hours=72)
    assert [one.body for one in await entries(bench, number, DisputeEntryKind.COLOUR)] == ["两家都不急了"]
    await look_away(bench)


async def test_a_mediation_runs_on_from_the_same_day_by_the_days_of_the_new_colour(bench: Bench) -> None:
    clocks = dict(bench.policy.ladder.clocks)
    clocks[Colour.ORANGE] = replace(clocks[Colour.ORANGE], remind_days=5, head_days=8, climb_days=20)
    number = await waiting(bench)
    await accept(bench, number, ELDER)
    await look_away(bench)
    policy = replace(bench.policy, ladder=replace(bench.policy.ladder, clocks=clocks))
    await days_later(bench, 2)
    before = await dispute_of(bench, number)
    actor = await actor_of(bench, ELDER)
    async with bench.database.transaction() as session:
        await recolour_dispute(
            session, actor=actor, dispute_id=number, seen=before.rev, colour=Colour.ORANGE, body=None,
            now=bench.clock.now, policy=policy,
        )  # fmt: skip
    after = await dispute_of(bench, number)
    day = before.happened_on + timedelta(days=5)
    assert (after.happened_on, after.next_on, after.next_step) == (before.happened_on, day, DisputeStep.REMIND)
    assert after.next_step_at == policy.at(day, policy.digest_at)
    assert (after.owner_id, after.tried) == (before.owner_id, before.tried)
    await look_away(bench)


@pytest.mark.parametrize(
    ("colour", "body", "why"),
    [
        (Colour.RED, "打人", Reason.NEVER_ON_LADDER),
        (Colour.YELLOW, "一样", Reason.SAME_COLOUR),
        (Colour.BLUE, None, Reason.REASON_NEEDED),
    ],
)
async def test_red_the_same_and_lower_without_a_reason_are_declined(
    bench: Bench, colour: Colour, body: str | None, why: Reason
) -> None:
    number = await waiting(bench)
    actor, dispute = await actor_of(bench, ELDER), await dispute_of(bench, number)
    with pytest.raises(RefusedError) as refused:
        async with bench.database.transaction() as session:
            await recolour_dispute(
                session, actor=actor, dispute_id=number, seen=dispute.rev, colour=colour, body=body,
                now=bench.clock.now, policy=bench.policy,
            )  # fmt: skip
    assert refused.value.reason is why
    assert await dispute_of(bench, number) == dispute


async def test_whoever_only_follows_it_or_has_nothing_to_do_with_it_changes_no_colour(bench: Bench) -> None:
    number = await waiting(bench)
    assert "不在您这一级" in await declined(bench.person(GROUP_WORKER), "colour", number)
    for who in (OTHER_HEAD, INSTRUCTOR):
        assert "不在您的范围" in await declined(bench.person(who), "colour", number)
    await begins(bench.person(ELDER), "violence", number)
    await bench.person(ELDER).press("保存")
    assert "已经停止一切调解" in await declined(bench.person(ELDER), "colour", number)
    await look_away(bench)
