"""Registering a dispute, through the user's hands: all the ways in, the parties, the receipt, both languages."""

from models.dispute import DisputeKind, DisputeSource, DisputeState
from models.lead import Colour
from tests.support.county import INSTRUCTOR, WORKER
from tests.support.hands import Bench
from tests.support.ladder import past_the_morning
from tests.support.registering import parties_of, the_dispute, to_the_summary


async def test_a_dispute_between_two_outsiders_is_registered(bench: Bench) -> None:
    await past_the_morning(bench)
    worker = bench.person(WORKER)
    summary = await to_the_summary(worker)
    assert "老黄（同意联系）" in summary.text
    receipt = await worker.press("保存")
    dispute = await the_dispute(bench)
    assert dispute.code in receipt.text
    assert "网格指导员" in receipt.text
    assert "老黄" not in receipt.text
    assert (dispute.kind, dispute.source, dispute.state, dispute.colour) == (
        DisputeKind.DISPUTE,
        DisputeSource.OFFICE,
        DisputeState.REGISTERED,
        Colour.BLUE,
    )
    assert [(one.name, one.phone, one.consent) for one in await parties_of(bench, dispute.id)] == [
        ("老黄", "13800000001", True),
        ("外村的老白", None, True),
    ]
    await bench.tick()
    assert "等您受理" in bench.person(INSTRUCTOR).reads()[-1].text
