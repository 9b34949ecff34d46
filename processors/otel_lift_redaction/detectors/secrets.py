"""Passwords, tokens and other secrets that their context gives away."""

from otel_lift_redaction import checks
from otel_lift_redaction.detectors.model import EDGE, Detector
from otel_lift_redaction.triggers import Trigger

__all__ = ["SECRETS"]

_NAMES_A_DOOR = (
    r"(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|api[_-]?key|access[_-]?key(?:[_-]?id)?"
    r"|(?:secret|private|signing|encryption|account|app|application|auth|master|license|subscription)[_-]?key"
    r"|authorization|credentials?|cvv2?|cvc|otp)"
)
_NAMED_SECRET = rf"(?i:\b[0-9a-z_.-]*(?:{_NAMES_A_DOOR}|api key))"
_WEAK_WORD = r"(?i:\b[0-9a-z_.-]*(?:key|auth|sig|signature|session|session_?id|sid|code|cookie|cred|creds|hash))"
_OPTION = rf"(?:--|(?:^|[\t\n\f\r ])-)(?i:(?:[a-z][0-9a-z_.-]{{0,31}})?{_NAMES_A_DOOR})"
_IN_SQL = r"(?i:\bpassword|\bidentified (?:with [0-9a-z_]+ )?by(?: password| values)?)"
# where a placeholder may be, which is none of a secret
_DOUBT = (
    r"""[=>:\s][\s\\]*["']{0,2}(?:[*$%{<\[\x{2022}]|\.\.\.|(?i:xxxx|null|none|nil|undefined|redacted|masked|hidden"""
    r"|filtered|removed))"
)
_BARE = r"""\$\{[^\x00-\x20{}]*\}|[^\x00-\x20"'\\&,;(){}\[\]<>][^\x00-\x20"'\\&,;)}\]]*"""

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
        check=checks.no_placeholder,
        doubt=r":[^/@]*[*$%{<]|(?i::(?:xxxx|null|none|redacted|masked|hidden|filtered|removed))",
    ),
    Detector(
        "query_secret",
        Trigger.SECRET | Trigger.QUERY,
        r"""[^\x00-\x20&;#"'<>\[]+""",
        before=rf"[?&;#](?i:[0-9a-z_.-]*(?:{_NAMES_A_DOOR}|jwt|signature|sig|session_?id|x-amz-credential))=",
        check=checks.no_placeholder,
        doubt=_DOUBT,
    ),
    Detector(
        "secret",
        Trigger.SECRET,
        r"""(?:[^"\\\[]|\\.)(?:[^"\\]|\\.)*""",
        before=rf"""{_NAMED_SECRET}["']?\s*(?:=>?|:)\s*["]""",
        check=checks.no_placeholder,
        doubt=_DOUBT,
    ),
    Detector(
        "secret",
        Trigger.SECRET,
        r"""[^"'\\\[][^"'\\]*""",
        before=rf"""{_NAMED_SECRET}\\*["']?\s*(?:=>?|:)\s*(?:\\+["']|')""",
        check=checks.no_placeholder,
        doubt=_DOUBT,
    ),
    # in a statement of SQL, whose texts have two quotes for one
    Detector(
        "secret",
        Trigger.SECRET,
        r"""[^\x00-\x20"'\\\[&,;)][^"'\\]*""",
        before=rf"{_NAMED_SECRET}(?:'')?\s*(?:=>?|:)\s*''",
        after="''",
        check=checks.no_placeholder,
    ),
    Detector(
        "secret",
        Trigger.SECRET,
        _BARE,
        before=rf"""{_NAMED_SECRET}\s*=>?\s*""",
        check=checks.no_placeholder,
        doubt=_DOUBT,
    ),
    Detector(
        "secret", Trigger.SECRET, _BARE, before=rf"""{_NAMED_SECRET}\\*["']?\s*:\s*""", check=checks.unlike_a_word
    ),
    # an element of XML, with or without attributes
    Detector(
        "secret",
        Trigger.SECRET,
        r"[^<>\x00-\x20][^<>]*?",
        before=rf"<(?:[0-9A-Za-z_.-]+:)?{_NAMED_SECRET}(?:\s[^<>]*[^<>/])?>\s*(?:<!\[CDATA\[)?",
        after=rf"(?:\]\]>)?\s*<\\*/(?:[0-9A-Za-z_.-]+:)?{_NAMED_SECRET}>",
        check=checks.no_placeholder,
    ),
    # one that does not end, in a text that was cut
    Detector(
        "secret",
        Trigger.SECRET,
        r"[^<>\x00-\x20]+",
        before=rf"<(?:[0-9A-Za-z_.-]+:)?{_NAMED_SECRET}>",
        after=r"\z|<",
        check=checks.unlike_a_word,
    ),
    # the next word on a command line, or in a statement of SQL
    Detector(
        "secret",
        Trigger.SECRET,
        r"""[^"'\\\r\n]+""",
        before=rf"""(?:{_OPTION}|{_IN_SQL})[\t ]\\*["']{{1,2}}""",
        check=checks.unlike_a_word,
    ),
    Detector(
        "secret",
        Trigger.SECRET,
        r"""[^\x00-\x20"'\\&,;(){}\[\]<>=-][^\x00-\x20"'\\&,;)}\]<]*""",
        before=rf"{_OPTION}[\t\n\f\r ]+|(?i:(?:create|alter) user [^\x00-\x20]+ identified by)[\t ]",
        check=checks.unlike_a_word,
    ),
    # the clients of databases take a password without a space before it, and `sshpass` one with
    Detector(
        "secret",
        Trigger.SECRET,
        r"""[^\x00-\x20"'\\&;|<>]+""",
        before=r"""\b(?:(?:mysql|mariadb)[a-z-]*\s(?:[^|;&\n]*\s)?-p|sshpass\s+-p\s*)["']?""",
        check=checks.no_placeholder,
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
