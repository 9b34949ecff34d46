"""Texts that are nearly what a detector looks for: pieces of them, cut, joined and with a character changed."""

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st
from otel_lift_redaction.triggers.words import (
    KEY_PREFIXES,
    NAMES_OF_NUMBERS,
    QUERY_WORDS,
    SECRET_WORDS,
    STREETS,
    WEAK_WORDS,
)
from redaction_needles import CLEAN, SECRETS

__all__ = ["ALPHABET", "PIECES", "broken_array", "texts"]

ALPHABET = "aAzZJjeykKsSſKé019 @.:=-_+()/\\\"'&?\tnbE<>*$"  # noqa: RUF001 - RE2 takes two of these for ASCII's

PIECES = (
    # of each the first, since pairs of all of them are tried too
    *(text for cases in SECRETS.values() for text, _ in cases[:1]),
    *CLEAN[::4],
    *SECRET_WORDS[::3],
    *NAMES_OF_NUMBERS[::4],
    *(prefix for prefix, _, _ in KEY_PREFIXES[::12]),
    *QUERY_WORDS,
    *WEAK_WORDS,
    *STREETS,
    *("::", "::ffff:", "2001:db8:", "1.2.3.4", "1.2.3.4.5", "0.0.0", ".0.0.0", "127.", "255", "256", "_", "\\n", "\\b"),
    *(
        "-----BEGIN",
        "eyJ",
        "+1",
        "00",
        "sk-",
        "AKIA",
        "AIza",
        "ya29.",
        "GOCSPX-",
        "ghp_",
        "github_pat_",
        "xoxb-",
        "xapp-",
    ),
    *(
        "hooks.slack.com/",
        "sk_live_",
        "whsec_",
        "bearer ",
        "Basic\t",
        "box 7",
        "://",
        "@",
        "a:b@",
        "a@b.co",
        "git@",
        "2x.",
    ),
    *(
        "DE89",
        "GB",
        "=",
        ":",
        "'",
        '"',
        " ",
        "  ",
        "\n",
        "555",
        "4111",
        "4111 1111",
        "415-",
        "aa:bb:cc:dd:ee:ff",
        "key=",
    ),
    *(
        "--",
        "--password ",
        " -p",
        " by '",
        "identified by ",
        "password '",
        "''",
        ">",
        "</",
        "3c22.fb9a.1077",
        "4111.1111.",
    ),
    *("***", "${A}", "mysql ", "sshpass ", "\u200b", "(030) ", "030/"),
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Draw a text of a few pieces, of which a few characters are taken away, put in or changed."""
    parts = draw(st.lists(st.one_of(st.sampled_from(PIECES), st.text(ALPHABET, max_size=4)), max_size=5))
    text = "".join(parts)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(["", *ALPHABET])) + text[at + draw(st.integers(0, 1)) :]
    return text.swapcase() if draw(st.integers(0, 7)) == 0 else text


def broken_array() -> pa.Array:
    """Make a string array whose offsets do not ascend, which Arrow does not see."""
    return pa.StringArray.from_buffers(2, pa.py_buffer(np.array([0, 9, 4], np.int32)), pa.py_buffer(b"abcd"))
