"""Ids of people and sessions in questions: a pseudonym stands for each before anything else sees it."""

import re
from typing import Any

from otel_lift.api.errors import ApiError
from otel_lift.jobs import JobContext
from otel_lift.keys import KeyRing

__all__ = ["PERSONAL", "is_pseudonym", "newest_known", "pseudonyms"]

PERSONAL = frozenset({"subject", "session_id"})
"""Parameters of named queries that name a person or a session."""

_PSEUDONYM = re.compile(r"[0-9a-f]{32}", re.ASCII)


def is_pseudonym(text: str) -> bool:
    """Whether a text has the form of a pseudonym, 32 hexadecimal digits, and so is taken for one."""
    return _PSEUDONYM.fullmatch(text) is not None


def pseudonyms(context: JobContext, name: str, raw: str, tenant: str) -> list[str]:
    """Answer the pseudonyms that rows can hold for what the parameter `name` gives, that of the newest key first.

    Raises ApiError 400 where nothing of this gateway makes pseudonyms; it does not repeat the id.
    """
    if not raw or is_pseudonym(raw):
        return [raw]
    ring = context.keys()
    if ring is None:
        raise ApiError(400, "no_pseudonyms", "no pipeline makes pseudonyms, so an id finds nobody; give a pseudonym")
    if name == "subject":
        made = list(ring.pseudonyms(raw, tenant).values())
    else:
        made = [KeyRing((key,), ring.ledger).session(raw, tenant) for key in ring.keys]
    return list(dict.fromkeys(reversed(made)))


def newest_known(context: JobContext, candidates: list[str]) -> str:
    """Answer which of a person's pseudonyms is the newest with rows: it stands for the older ones in `lift_relinks`."""
    if len(candidates) < 2:
        return candidates[0]
    opened = context.stores[0]
    rows: Any = opened.store.query(
        f"SELECT DISTINCT subject FROM {opened.options.qualified('lift_user_days')} "  # noqa: S608 - a quoted name
        "WHERE subject IN {subjects:Array(String)}",
        {"subjects": candidates},
        {"log_queries": 0},
    ).rows
    known = {str(subject) for (subject,) in rows}
    return next((one for one in candidates if one in known), candidates[0])
