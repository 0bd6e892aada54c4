"""Every kind of entry of a dispute's history is written by somebody; one that nobody writes is a promise not kept."""

import pytest

from models.dispute import DisputeEntryKind
from tests.architecture.tree import ROOT


@pytest.mark.parametrize("kind", DisputeEntryKind, ids=lambda kind: kind.value)
def test_a_use_case_writes_it(kind: DisputeEntryKind) -> None:
    texts = (file.read_text(encoding="utf-8") for file in (ROOT / "domain" / "usecases").glob("*.py"))
    assert any(f"DisputeEntryKind.{kind.name}" in text for text in texts)
