"""Who hears of a case that waits when the head's post of its rung is empty; and what hearing it costs."""

import pytest

from domain.usecases.dispute_notes import add_dispute_note
from models.dispute import DisputeEntryKind
from models.keyring import Keyring
from tests.support.alerts import leaves_post
from tests.support.attempts import accept
from tests.support.county import ADMIN, COUNTY, HEAD, TOWNSHIP, WORKER
from tests.support.hands import Bench
from tests.support.ladder import a_dispute, actor_of
from tests.support.matters import look_away
from tests.support.moving import entries, later, mediated, sees_nothing


async def test_where_the_heads_post_is_empty_the_next_head_above_hears(bench: Bench) -> None:
    number = await mediated(bench, by=WORKER, household="T-A-01-001")
    await leaves_post(bench, HEAD)
    await later(bench, days=10)
    bench.pass_time(days=5)
    await bench.sweep.disputes()
    await bench.deliverer.deliver_all()
    [told] = bench.person(TOWNSHIP).reads()
    assert "15 天没有进展" in told.text
    assert "这一级的负责人空缺" in told.text
    assert told.labels == []
    assert await sees_nothing(bench, TOWNSHIP, number)  # the code and the days are no right to open it


async def test_where_no_head_is_above_the_administrators_hear(bench: Bench) -> None:
    await mediated(bench, by=WORKER, household="T-A-01-001")
    for head in (HEAD, TOWNSHIP, COUNTY):
        await leaves_post(bench, head)
    await later(bench, days=10)
    assert set(await later(bench, days=5)) == {ADMIN}


async def test_what_nobody_has_for_weeks_is_told_once_a_week_without_reading_its_history(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await a_dispute(bench, by=COUNTY, household=None)
    await accept(bench, number, COUNTY)
    actor = await actor_of(bench, COUNTY)
    async with bench.database.transaction() as session:
        await add_dispute_note(
            session, actor=actor, dispute_id=number, body="界石还在", now=bench.clock.now,
            policy=bench.policy,
        )  # fmt: skip
    await look_away(bench)
    await leaves_post(bench, COUNTY)
    assert set(await later(bench, minutes=1)) == {ADMIN}
    read: list[str] = []
    whole = Keyring.decrypt

    def notes_what_it_reads(ring: Keyring, data: bytes, label: str) -> str:
        read.append(label)
        return whole(ring, data, label)

    monkeypatch.setattr(Keyring, "decrypt", notes_what_it_reads)
    assert await later(bench, minutes=1) == {}
    assert "dispute_entry.body" not in read
    monkeypatch.undo()
    assert set(await later(bench, days=7)) == {ADMIN}
    assert [entry.detail["nobody"] for entry in await entries(bench, number, DisputeEntryKind.HEAD_TOLD)] == [True] * 2
