"""What a made-up text knows of itself."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

__all__ = ["Kind", "Personal"]


@dataclass(frozen=True, slots=True)
class Personal:
    """Made-up personal data as people write it, and the part of it that must be nowhere afterwards."""

    text: str
    secret: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of personal data: its name, how one is made, and in which ways it can be written and still be told.

    `whole`: only all of the secret gives it away (an IPv4 address's network stays). `context`: what tells it are the
    words around it (`password=`), so a break inside it ends it. `spaced`: it has spaces between words, so it is no part
    of an identifier. `loose`: it is mostly digits and signs, so that a dash or dot before it continues a number.
    `latin`: it is made of Latin letters, for the most part.
    """

    name: str
    make: Callable[[Random], Personal]
    whole: bool = False
    context: bool = False
    spaced: bool = False
    loose: bool = False
    latin: bool = False
