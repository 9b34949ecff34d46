"""The kernels that this installation has: one test body runs over all of them."""

from typing import Any

import pytest

from otel_lift.batch import Signal
from otel_lift.implementations import implementations
from otel_lift.kernel.requests import REQUESTS

__all__ = ["each_kernel", "each_other_kernel", "export"]

_KERNELS = implementations("otel_lift.kernel")

each_kernel = pytest.mark.parametrize("kernel", list(_KERNELS.values()), ids=list(_KERNELS))
"""Run a test once for each kernel, which it takes as its argument `kernel`."""

_OTHERS = {name: kernel for name, kernel in _KERNELS.items() if name != "pure"}

each_other_kernel = pytest.mark.parametrize("kernel", list(_OTHERS.values()), ids=list(_OTHERS))
"""Run a test once for each kernel that is to equal the pure one; skipped where there is none."""


def export(signal: Signal, *groups: dict[str, Any]) -> Any:
    """Build an export request of these resource groups, given as plain dicts."""
    (repeated,) = REQUESTS[signal].DESCRIPTOR.fields
    return REQUESTS[signal](**{repeated.name: groups})
