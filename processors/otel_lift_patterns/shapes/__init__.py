"""Shapes: what many messages or stack traces have in common, and all that templates and frames are made of."""

from typing import Any

from otel_lift.implementations import choose

__all__ = ["of_messages", "of_stacks"]

_shapes = choose("otel_lift_patterns.shapes")


def of_messages(messages: Any) -> Any:
    """Answer messages, a string array, as those that have the same templates and are the same for many; nulls stay.

    The rules of templates ask of a digit only that it is one, but for the zero of ``0x``; and of a long id in
    hexadecimal, standing alone, only its form and what it begins with. No more than `MAX_MESSAGE` characters are read.
    """
    return _shapes.of_messages(messages)


def of_stacks(stacks: Any) -> Any:
    """Answer stack traces, a string array, as texts with the same frames, the innermost first; nulls stay.

    They hold the lines that may be frames, up to `MAX_FRAMES` that are surely the app's, without numbers of lines.
    """
    return _shapes.of_stacks(stacks)
