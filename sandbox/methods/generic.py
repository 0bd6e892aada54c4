"""Every other method, answered from the signatures of `telegram.Bot`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.call import Call
from sandbox.refusals import Refused


def generic_method(name: str) -> Callable[[Call], Any]:
    """The function that answers a method (in lower case). Raises `Refused` (404) when there is no such method."""
    raise Refused(404, f"Not Found: method {name} not found")
