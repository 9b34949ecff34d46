"""What a user can say about redaction."""

from collections import Counter
from typing import Annotated, Literal, Self

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, SecretStr, StringConstraints, model_validator

from otel_lift.pipeline import ComponentConfig
from otel_lift_redaction.checks import CHECKSUMS
from otel_lift_redaction.detectors import BUILT_IN, Detector
from otel_lift_redaction.drift.config import DriftConfig
from otel_lift_redaction.matching import Rule
from otel_lift_redaction.triggers import Trigger

__all__ = ["ADDRESSES", "CustomDetector", "DetectorConfig", "KeyRule", "LatticeConfig", "RedactionConfig"]

_Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
_Glob = Annotated[str, StringConstraints(min_length=1, max_length=256)]
_ValueAction = Literal["mask", "hash", "truncate", "drop", "keep"]

_BUILT_IN_NAMES = frozenset(detector.name for detector in BUILT_IN)

ADDRESSES = frozenset({"ipv4", "ipv6"})
"""Detectors that truncate to a network."""


class DetectorConfig(ComponentConfig):
    """What is done with what a detector finds."""

    action: _ValueAction = Field(
        default="mask",
        description="`mask` puts the rule's name in brackets in its place, `hash` adds a keyed hash to it, `truncate` "
        "leaves the first characters (of an address its network, /24 or /48), `drop` nothing, and `keep` everything.",
    )
    length: int | None = Field(default=None, ge=0, description="Characters that `truncate` leaves.")


class CustomDetector(DetectorConfig):
    """A detector of the user's own."""

    name: _Name = Field(description="The rule's name: lower case, digits and underscores.")
    regex: str = Field(min_length=1, max_length=4096, description="What to find, in RE2 syntax (linear time).")
    checksum: Literal["none", "luhn", "mod97"] = Field(
        default="none", description="What the digits (luhn) or the letters and digits (mod97) of a match must fulfil."
    )
    match: tuple[str, ...] = Field(default=(), description="Examples in which the detector must find something.")
    no_match: tuple[str, ...] = Field(default=(), description="Examples in which it must find nothing.")

    @property
    def detector(self) -> Detector:
        """The detector as the scanner takes it."""
        return Detector(self.name, Trigger.ANY, self.regex, check=CHECKSUMS.get(self.checksum))

    @model_validator(mode="after")
    def _works(self) -> Self:
        try:
            empty = pc.match_substring_regex(pa.array([""]), self.regex)[0].as_py()
        except pa.ArrowInvalid as error:
            reason = str(error).removeprefix("Invalid regular expression: ")
            raise ValueError(
                f"`regex` is not RE2 syntax: {reason}; look-around and back references are not possible"
            ) from error
        if empty:
            raise ValueError("`regex` matches the empty text, so it would match everywhere: make a part of it required")
        if self.action == "truncate" and self.length is None:
            raise ValueError("`truncate` needs `length`")
        for field, examples, wanted in (("match", self.match, True), ("no_match", self.no_match, False)):
            for number, example in enumerate(examples):
                if self._finds(example) is not wanted:
                    raise ValueError(
                        f"`{field}[{number}]` {'is not found' if wanted else 'is found'} by `regex` "
                        f"{'with' if self.checksum != 'none' else 'without'} a checksum: correct the one or the other"
                    )
        return self

    def _finds(self, example: str) -> bool:
        rule = Rule.by(self.detector, lambda _: "")
        text = pa.array([example], pa.string())
        rows, _ = rule.apply(text)
        return bool(len(rows))


class KeyRule(ComponentConfig):
    """What is done with the values of some attributes, whatever they hold."""

    name: _Name = Field(default="key", description="The name under which the rule is reported.")
    match: tuple[_Glob, ...] = Field(
        min_length=1, description="Attribute names; `*` is any text, case does not matter, a dash is an underscore."
    )
    unless: tuple[_Glob, ...] = Field(default=(), description="Names that `match` has but the rule leaves alone.")
    action: Literal["drop", "mask", "hash", "truncate", "bucket", "keep"] = Field(
        default="mask",
        description="`drop` removes the attribute, `bucket` puts the greatest bound that is not above the number in "
        "its place, and `keep` spares the value from the detectors; the others are as for detectors.",
    )
    length: int | None = Field(default=None, ge=0, description="Characters that `truncate` leaves.")
    bounds: tuple[float, ...] = Field(default=(), description="Lower bounds of the buckets, ascending.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.action == "truncate") != (self.length is not None):
            raise ValueError("`length` and `action: truncate` belong together: give both or neither")
        if (self.action == "bucket") != bool(self.bounds):
            raise ValueError("`bounds` and `action: bucket` belong together: give both or neither")
        if list(self.bounds) != sorted(set(self.bounds)):
            raise ValueError("`bounds` must ascend")
        return self


class LatticeConfig(ComponentConfig):
    """How far encoded text is decoded."""

    depth: int = Field(
        default=4, ge=0, le=16, description="Layers that are decoded; what is encoded still becomes `[encoded]`."
    )
    work: int = Field(
        default=16, ge=1, description="Characters that are decoded of a value at most, as a multiple of its own."
    )


class RedactionConfig(ComponentConfig):
    """Configuration of the `redaction` processor."""

    allow: tuple[_Glob, ...] = Field(
        default=(), description="If given, attributes whose name none of these globs matches are removed."
    )
    keys: tuple[KeyRule, ...] = Field(
        default=(), description="Rules by attribute name; the first that matches decides, before the built-in ones."
    )
    detectors: dict[str, DetectorConfig] = Field(
        default_factory=dict,
        description="What built-in detectors do, by name; one not named masks, or truncates where it finds addresses.",
    )
    custom: tuple[CustomDetector, ...] = Field(default=(), description="Detectors of your own; they run last.")
    lattice: LatticeConfig = Field(default_factory=LatticeConfig, description="How far encoded text is decoded.")
    drift: DriftConfig = Field(
        default_factory=DriftConfig, description="What is done when an attribute begins to carry personal data."
    )
    hash_key: SecretStr | None = Field(
        default=None,
        description="Key of all hashes, best from the environment; without it the gateway makes one in its folder.",
    )

    def on(self, detector: str) -> DetectorConfig:
        """Answer what the built-in detector of this name does."""
        return self.detectors.get(detector) or DetectorConfig(action="truncate" if detector in ADDRESSES else "mask")

    @model_validator(mode="after")
    def _known_and_distinct(self) -> Self:
        unknown = sorted(self.detectors.keys() - _BUILT_IN_NAMES)
        if unknown:
            raise ValueError(
                f"`detectors` has no {unknown[0]!r}; known: {', '.join(sorted(_BUILT_IN_NAMES))}; "
                "your own detectors are listed under `custom`"
            )
        for name, detector in self.detectors.items():
            if detector.action == "truncate" and detector.length is None and name not in ADDRESSES:
                raise ValueError(f"`detectors.{name}`: `truncate` needs `length`")
        twice = [name for name, count in Counter(one.name for one in self.custom).items() if count > 1]
        taken = sorted({*twice, *(one.name for one in self.custom if one.name in _BUILT_IN_NAMES)})
        if taken:
            raise ValueError(f"`custom` has the name {taken[0]!r}, which another detector has: choose another")
        return self
