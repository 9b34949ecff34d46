"""What a user can say about redaction."""

import re
from collections import Counter
from typing import Annotated, Literal, Self

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, SecretStr, StringConstraints, model_validator

from otel_lift.pipeline import ComponentConfig
from otel_lift_redaction.checks import CHECKSUMS
from otel_lift_redaction.checks.phones import REGIONS as KNOWN_REGIONS
from otel_lift_redaction.detectors import BUILT_IN, REGIONS, Detector
from otel_lift_redaction.drift.config import DriftConfig
from otel_lift_redaction.matching import Rule
from otel_lift_redaction.triggers import Trigger

__all__ = ["ADDRESSES", "CustomDetector", "DetectorConfig", "KeyRule", "LatticeConfig", "RedactionConfig"]

_Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
_Word = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^\w(?:.*\w)?$")]
_Glob = Annotated[str, StringConstraints(min_length=1, max_length=256)]
_ValueAction = Literal["mask", "hash", "truncate", "drop", "keep"]

# what is taken literally in an expression, and what opens a group that captures
_LITERAL = re.compile(r"\\.|\[\^?\]?[^\]]*\]", re.DOTALL)
_GROUP = re.compile(r"\((?!\?)|\(\?P?<")

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
    regions: tuple[str, ...] | None = Field(
        default=None,
        description="Of `phone` only: the countries (ISO 3166-1, as US) whose numbers are found without their country, "
        f"{', '.join(REGIONS)} unless given. With each more, more groups of digits can be somebody's number; numbers "
        "with a plus or two zeros are found whatever this says.",
    )

    @model_validator(mode="after")
    def _regions_exist(self) -> Self:
        for region in self.regions or ():
            if region not in KNOWN_REGIONS:
                raise ValueError(
                    f"`regions` has {region!r}, which is no country: give ISO 3166-1 codes such as US or GB"
                )
        return self


class CustomDetector(DetectorConfig):
    """A detector of the user's own."""

    name: _Name = Field(description="The rule's name: lower case, digits and underscores.")
    regex: str = Field(min_length=1, max_length=4096, description="What to find, in RE2 syntax (linear time).")
    checksum: str = Field(
        default="none",
        description="What the digits, or the letters and digits, of a match must fulfil: "
        f"{', '.join(f'`{name}`' for name in sorted(CHECKSUMS))}.",
    )
    context: tuple[_Word, ...] = Field(
        default=(),
        description="Words of which one must stand at most 40 characters before or after, on the same line; case does "
        "not matter.",
    )
    match: tuple[str, ...] = Field(default=(), description="Examples in which the detector must find something.")
    no_match: tuple[str, ...] = Field(default=(), description="Examples in which it must find nothing.")

    @property
    def detectors(self) -> tuple[Detector, ...]:
        """The detector as the scanner takes it: one, or one for each side on which its context may stand."""
        check = CHECKSUMS.get(self.checksum)
        if not self.context:
            return (Detector(self.name, Trigger.ANY, self.regex, check=check),)
        word = rf"\b(?i:{'|'.join(map(re.escape, self.context))})\b"
        return (
            Detector(self.name, Trigger.ANY, self.regex, before=rf"{word}[^\n]{{0,40}}?", check=check),
            Detector(self.name, Trigger.ANY, self.regex, after=rf"[^\n]{{0,40}}?{word}", check=check),
        )

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
        if self.regions is not None:
            raise ValueError("`regions` is for the built-in detector `phone`: remove it")
        if self.checksum != "none" and self.checksum not in CHECKSUMS:
            raise ValueError(f"`checksum` {self.checksum!r} is none; known: none, {', '.join(sorted(CHECKSUMS))}")
        if self.context and _GROUP.search(_LITERAL.sub("", self.regex)):
            raise ValueError("`regex` has a capturing group, which `context` does not allow: write `(?:...)` for it")
        for field, examples, wanted in (("match", self.match, True), ("no_match", self.no_match, False)):
            for number, example in enumerate(examples):
                if self._finds(example) is not wanted:
                    raise ValueError(
                        f"`{field}[{number}]` {'is not found' if wanted else 'is found'} by `regex` "
                        f"{'with' if self.checksum != 'none' else 'without'} a checksum: correct the one or the other"
                    )
        return self

    def _finds(self, example: str) -> bool:
        text = pa.array([example], pa.string())
        return any(len(Rule.by(detector, lambda _: "").apply(text)[0]) for detector in self.detectors)


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

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions whose telephone numbers are found without their country."""
        chosen = self.on("phone").regions
        return REGIONS if chosen is None else chosen

    @model_validator(mode="after")
    def _known_and_distinct(self) -> Self:
        unknown = sorted(self.detectors.keys() - _BUILT_IN_NAMES)
        if unknown:
            raise ValueError(
                f"`detectors` has no {unknown[0]!r}; known: {', '.join(sorted(_BUILT_IN_NAMES))}; "
                "your own detectors are listed under `custom`"
            )
        for name, detector in self.detectors.items():
            if detector.regions is not None and name != "phone":
                raise ValueError(f"`detectors.{name}`: `regions` is for `phone` only: remove it")
            if detector.action == "truncate" and detector.length is None and name not in ADDRESSES:
                raise ValueError(f"`detectors.{name}`: `truncate` needs `length`")
        twice = [name for name, count in Counter(one.name for one in self.custom).items() if count > 1]
        taken = sorted({*twice, *(one.name for one in self.custom if one.name in _BUILT_IN_NAMES)})
        if taken:
            raise ValueError(f"`custom` has the name {taken[0]!r}, which another detector has: choose another")
        return self
