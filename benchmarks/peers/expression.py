"""The one expression by which the peers redact: e-mail, token, key, address, card, phone."""

__all__ = ["PERSONAL"]

_PARTS = (
    r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}",
    r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+",
    r"\b(?:sk|pk|ghp|xoxb|AKIA)[-_A-Za-z0-9]{16,}\b",
    r"\b(?:\d{1,3}\.){3}\d{1,3}\b",
    r"\b(?:\d[ -]?){13,19}\b",
    r"\+\d[\d ()-]{7,}\d",
)

PERSONAL = "|".join(_PARTS)
"""Valid for Python's `re` and for RE2."""
