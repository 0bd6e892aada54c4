"""Every kind of entry of a dispute's or an item's history is written by somebody, or it is a promise not kept."""

import pytest

from models.agenda import ItemEvent
from models.dispute import DisputeEntryKind
from tests.architecture.tree import ROOT


@pytest.mark.parametrize("kind", [*DisputeEntryKind, *ItemEvent], ids=str)
def test_a_use_case_writes_it(kind: DisputeEntryKind | ItemEvent) -> None:
    texts = (file.read_text(encoding="utf-8") for file in (ROOT / "domain" / "usecases").glob("*.py"))
    assert any(f"{type(kind).__name__}.{kind.name}" in text for text in texts)
