"""What a target is fuzzed with, as bytes that can be kept in a file and run again."""

import random
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

__all__ = ["Case", "Difference", "Target"]

_MAGIC = b"otel-lift fuzz case "


class Difference(AssertionError):  # noqa: N818 - it is what was found, and no error of the driver's
    """The twins, or a result and what it must be, differ."""


@dataclass(frozen=True, slots=True)
class Case:
    """One call of a target: its input as bytes, which stand for `inputs` inputs."""

    target: str
    content: bytes
    inputs: int = 1

    def write(self) -> bytes:
        """Answer the case as a file has it."""
        return _MAGIC + f"{self.target} {self.inputs}\n".encode() + self.content

    @classmethod
    def read(cls, path: Path) -> "Case":
        """Read a file that `write` made."""
        head, _, content = path.read_bytes().partition(b"\n")
        if not head.startswith(_MAGIC):
            raise SystemExit(f"{path} is no case of the fuzz driver")
        target, inputs = head.removeprefix(_MAGIC).decode().split()
        return cls(target, content, int(inputs))


class Target(Protocol):
    """Something with twins."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What the target is called, in one word."""

    @property
    @abstractmethod
    def counts(self) -> Mapping[str, int]:
        """What became of the inputs so far, for who reads the summary."""

    @abstractmethod
    def draw(self, rng: random.Random) -> Case:
        """Make a case."""

    @abstractmethod
    def check(self, case: Case, *, compare: bool) -> None:
        """Run the native twin, and where `compare` the pure one; raise Difference where a result is not right."""
