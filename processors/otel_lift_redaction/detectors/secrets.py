"""Passwords, tokens and other secrets that their context gives away."""

from otel_lift_redaction import checks
from otel_lift_redaction.detectors.model import EDGE, Detector
from otel_lift_redaction.triggers import Trigger

__all__ = ["SECRETS"]

_NAMES_A_DOOR = (
    r"(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|api[ _-]?key|access[_-]?key(?:[_-]?id)?|secret[_-]?key"
    r""
    r"|(?:private|signing|encryption|account|app|application|auth|master|license|subscription)[_-]?key|authorization|credentials?|cvv2?|cvc|otp)"
)
_NAMED_SECRET = rf"(?i:\b[0-9a-z_.-]*{_NAMES_A_DOOR})"
_WEAK_WORD = r"(?i:\b[0-9a-z_.-]*(?:key|auth|sig|signature|session|session_?id|sid|code|cookie|cred|creds|hash))"
_BARE = r"""[^\x00-\x20"'\\&,;(){}\[\]<>][^\x00-\x20"'\\&,;)}\]]*"""

SECRETS: tuple[Detector, ...] = (
    Detector(
        "bearer",
        Trigger.SCHEME,
        r"[0-9A-Za-z._~+/=-]{6,}",
        before=rf"(?:{EDGE})(?i:bearer)[ \t:=]+",
        check=checks.token_like,
    ),
    Detector(
        "basic",
        Trigger.SCHEME,
        r"[0-9A-Za-z+/_-]{4,}={0,2}",
        before=rf"(?:{EDGE})(?i:basic)[ \t]+",
        check=checks.basic_credentials,
    ),
    Detector(
        "url_password",
        Trigger.URL,
        r"[^\x00-\x20/?#]+",
        before=r"\b[A-Za-z][0-9A-Za-z+.-]*://[^\x00-\x20/?#:@]*:",
        after=r"@",
    ),
    Detector(
        "query_secret",
        Trigger.SECRET | Trigger.QUERY,
        r"""[^\x00-\x20&;#"'<>\[]+""",
        before=rf"[?&;#](?i:[0-9a-z_.-]*(?:{_NAMES_A_DOOR}|jwt|signature|sig|session_?id|x-amz-credential))=",
    ),
    Detector(
        "secret",
        Trigger.SECRET,
        r"""(?:[^"\\\[]|\\.)(?:[^"\\]|\\.)*""",
        before=rf"""{_NAMED_SECRET}["']?\s*(?:=>?|:)\s*["]""",
    ),
    Detector(
        "secret",
        Trigger.SECRET,
        r"""[^"'\\\[][^"'\\]*""",
        before=rf"""{_NAMED_SECRET}\\*["']?\s*(?:=>?|:)\s*(?:\\+["']|')""",
    ),
    Detector("secret", Trigger.SECRET, _BARE, before=rf"""{_NAMED_SECRET}\s*=>?\s*"""),
    Detector(
        "secret", Trigger.SECRET, _BARE, before=rf"""{_NAMED_SECRET}\\*["']?\s*:\s*""", check=checks.unlike_a_word
    ),
    Detector(
        "cookie",
        Trigger.SECRET,
        r"""[^\x00-\x20=;"]+=[^\r\n"]+""",
        before=r"(?i:\b(?:set-)?cookie[\"']?\s*[:=]\s*[\"']?)",
    ),
    Detector(
        "high_entropy",
        Trigger.WEAK,
        r"[0-9A-Za-z+/_=.~-]{16,}",
        before=rf"""{_WEAK_WORD}\\*["']?\s*[=:]\s*\\*["']?""",
        check=checks.random_looking,
    ),
)
