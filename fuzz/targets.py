"""Every package with twins, as a target."""

from collections.abc import Mapping
from types import ModuleType

from fuzz.arrays import ArraysTarget
from fuzz.case import Target
from fuzz.corpus import Corpus
from fuzz.hashing import HashingTarget
from fuzz.kernel import KernelTarget
from fuzz.lattice import LatticeTarget
from fuzz.redaction import RedactionTarget
from fuzz.shapes import ShapesTarget
from otel_lift.batch import Signal
from otel_lift.implementations import implementations

__all__ = ["PACKAGES", "all_targets"]

PACKAGES = (
    "otel_lift.kernel",
    "otel_lift.arrays",
    "otel_lift_redaction.triggers",
    "otel_lift_redaction.forms",
    "otel_lift_redaction.lattice.suspects",
    "otel_lift.keys.hashing",
    "otel_lift_patterns.shapes",
)
"""The packages whose twins are compared."""

_KERNEL_SHARE = 8  # of the cases, to one of each other target: only the kernel reads what strangers send


def all_targets(requests: Mapping[Signal, list[bytes]]) -> list[Target]:
    """Answer the targets, each as often as it gets its turn. Raises SystemExit where a native twin is missing."""
    kernel, arrays, triggers, forms, suspects, hashing, shapes = map(_twins, PACKAGES)
    return [
        *[KernelTarget(kernel["native"], kernel["pure"], Corpus.of(requests))] * _KERNEL_SHARE,
        ArraysTarget(arrays["native"], arrays["pure"]),
        RedactionTarget(triggers, forms),
        LatticeTarget(suspects["native"], suspects["pure"]),
        HashingTarget(hashing["native"], hashing["pure"]),
        ShapesTarget(shapes["native"], shapes["pure"]),
    ]


def _twins(package: str) -> Mapping[str, ModuleType]:
    found = implementations(package)
    if "native" not in found:
        raise SystemExit(f"{package} has no native modules here: compile them with hatch_build.py")
    return found
