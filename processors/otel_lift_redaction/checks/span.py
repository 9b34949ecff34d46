"""What a check is: it takes a candidate and answers the spans (start, end) in it to redact."""

from collections.abc import Callable, Sequence

__all__ = ["Check", "Span"]

Span = tuple[int, int]
Check = Callable[[str], Sequence[Span]]
