r"""The detectors by value: what each looks for, where it can be, and how a candidate is checked.

Patterns are RE2 syntax. They keep off ``\pL`` and ``\\s`` inside negated classes: Unicode classes make RE2's automaton
forty times slower; ``\x{80}-\x{10ffff}`` says the same in one state.
"""

from dataclasses import dataclass

from otel_lift_redaction import checks
from otel_lift_redaction.triggers import Trigger

__all__ = ["BUILT_IN", "IPV4_HOST", "Detector"]


@dataclass(frozen=True, slots=True)
class Detector:
    """One pattern of a named rule; a rule may have several.

    `core` is what is redacted, `before` and `after` its kept context (all without capturing groups). Where `check` is
    given, it verifies each candidate; with `doubt` too, only in values that match that expression, where candidates
    are what `run` finds. `trigger` says which triggers a value must have one of; the detector is `common` if most such
    values match.
    """

    name: str
    trigger: Trigger
    core: str
    before: str = ""
    after: str = ""
    check: checks.Check | None = None
    doubt: str | None = None
    common: bool = False
    run: str | None = None

    @property
    def pattern(self) -> str:
        """The whole expression; group 1 is the context before, group 2 what is redacted, group 3 the context after."""
        return f"({self.before})({self.core})({self.after})"


# where a text starts that gives itself away by its form: at a word's start, after an underscore, and after the escape
# of a line's end or a tab, as JSON in a string has it
_EDGE = r"\b|_|\\[bfnrt]"
_END = r"\b|_"
# where a text starts that is mostly digits: not inside a word, nor after a dot or a dash that goes on from a number
_LOOSE = r"^|[^0-9A-Za-z.-]|(?:^|[^0-9])[.-]|\\[bfnrt]"
_WIDE = r"\x{80}-\x{10ffff}"
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_FIRST_OCTET = r"(?:25[0-5]|2[0-4][0-9]|12[0-689]|1[013-9][0-9]|[1-9][0-9]?)"  # neither 0 nor 127
IPV4_HOST = rf"({_EDGE})({_FIRST_OCTET}\.{_OCTET}\.{_OCTET})\.{_OCTET}({_END})"
"""An IPv4 address: what is before it in group 1, its network in group 2, what is after it in group 3."""
_QUAD = rf"{_FIRST_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}"
_NAMES_A_DOOR = (
    r"(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|api[ _-]?key|access[_-]?key(?:[_-]?id)?|secret[_-]?key"
    r"|private[_-]?key|signing[_-]?key|encryption[_-]?key|authorization|credentials?|cvv2?|cvc|otp)"
)
_NAMED_SECRET = rf"(?i:\b[0-9a-z_.-]*{_NAMES_A_DOOR})"
_WEAK_WORD = r"(?i:\b[0-9a-z_.-]*(?:key|auth|sig|signature|session|session_?id|sid|code|cookie|cred|creds|hash))"
_BARE = r"""[^\x00-\x20"'\\&,;(){}\[\]<>][^\x00-\x20"'\\&,;)}\]]*"""

BUILT_IN: tuple[Detector, ...] = (
    Detector(
        "private_key",
        Trigger.PEM,
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?s:.*?)"
        r"(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\z)",
    ),
    Detector("jwt", Trigger.JWT, r"eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)*", before=_EDGE),
    Detector(
        "aws_key",
        Trigger.KEY,
        r"(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA|AROA|AIDA|AGPA|ANPA|ANVA|AIPA)[A-Z0-9]{16}",
        before=_EDGE,
        after=_END,
    ),
    Detector(
        "gcp_key",
        Trigger.KEY,
        r"(?:AIza[0-9A-Za-z_-]{35}|ya29\.[0-9A-Za-z_-]{16,}|GOCSPX-[0-9A-Za-z_-]{20,})",
        before=_EDGE,
    ),
    Detector("github_token", Trigger.KEY, r"(?:gh[pousr]_[0-9A-Za-z]{30,}|github_pat_[0-9A-Za-z_]{22,})", before=_EDGE),
    Detector(
        "slack_token",
        Trigger.KEY,
        r"(?:xox[a-z]-[0-9A-Za-z-]{10,}|xapp-[0-9A-Za-z-]{10,}|hooks\.slack\.com/(?:services|workflows)/[0-9A-Za-z/_-]+)",
        before=_EDGE,
    ),
    Detector(
        "stripe_key",
        Trigger.KEY,
        r"(?:(?:sk|rk|pk)_(?:live|test)_[0-9A-Za-z]{10,}|whsec_[0-9A-Za-z+/=]{16,})",
        before=_EDGE,
    ),
    Detector("anthropic_key", Trigger.KEY, r"sk-ant-[0-9A-Za-z_-]{16,}", before=_EDGE),
    Detector("openai_key", Trigger.KEY, r"sk-(?:proj-|svcacct-|admin-|None-)?[0-9A-Za-z_-]{20,}", before=_EDGE),
    Detector(
        "bearer",
        Trigger.SCHEME,
        r"[0-9A-Za-z._~+/=-]{6,}",
        before=rf"(?:{_EDGE})(?i:bearer)[ \t:=]+",
        check=checks.token_like,
    ),
    Detector(
        "basic",
        Trigger.SCHEME,
        r"[0-9A-Za-z+/_-]{4,}={0,2}",
        before=rf"(?:{_EDGE})(?i:basic)[ \t]+",
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
    Detector(
        "email",
        Trigger.EMAIL,
        rf"""[0-9A-Za-z!$%*+._~^'{_WIDE}-]+@(?:[0-9A-Za-z{_WIDE}-]+\.)+[A-Za-z{_WIDE}][0-9A-Za-z{_WIDE}-]+""",
        check=checks.unlike_a_file,
        common=True,
        doubt=r"@[0-9]+(?:\.[0-9]+)*x?\.|\bgit@",
    ),
    Detector("iban", Trigger.IBAN, r"[A-Z]{2}[0-9]{2}(?: ?[0-9A-Z]){11,}", before=_EDGE, check=checks.ibans),
    Detector(
        "us_ssn",
        Trigger.SSN,
        r"(?:00[1-9]|0[1-9][0-9]|[1-578][0-9]{2}|6[0-57-9][0-9]|66[0-57-9])"
        r"-(?:0[1-9]|[1-9][0-9])-(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})",
        before=_LOOSE,
        after=_END,
    ),
    Detector(
        "payment_card",
        Trigger.CARD,
        r"[2-68][0-9](?:[ -]?[0-9]){11,}",
        before=r"^|[^0-9A-Za-z.]|(?:^|[^0-9])\.|\\[bfnrt]",
        after=_END,
        check=checks.payment_cards,
    ),
    Detector(
        "phone",
        Trigger.PHONE,
        r"\+[1-9][0-9]{0,2}(?:[ .()/-]{0,2}[0-9]){6,12}",
        before=r"^|[^0-9A-Za-z+]|(?:^|[^0-9CGcg])\+|\\[bfnrt]",  # `C++17/20/23 2024` is none
        after=_END,
    ),
    Detector(
        "phone",
        Trigger.PHONE,
        r"\(?[2-9][0-9]{2}(?:\) ?|[ .-])[2-9][0-9]{2}[ .-][0-9]{4}",
        before=_LOOSE,
        after=_END,
    ),
    Detector(
        "phone",
        Trigger.PHONE,
        r"00[1-9][0-9]{0,2}[ -](?:[ .()/-]{0,2}[0-9]){6,11}",
        before=r"^|[^0-9A-Za-z.-]|(?:^|[^0-9])\.|(?:^|[^0-9A-Za-z])-|\\[bfnrt]",  # `INV-0012-345678` is none
        after=_END,
    ),
    Detector(
        "mac",
        Trigger.MAC,
        r"(?:[0-9A-Fa-f]{2}[:-]){5,}[0-9A-Fa-f]{2}",
        before=_EDGE,
        after=_END,
        check=checks.single_mac,
    ),
    Detector(
        "ipv6",
        Trigger.IPV6,
        r"(?:[0-9A-Fa-f]{1,4}:){7,}[0-9A-Fa-f]{1,4}|"
        r"(?:[23][0-9A-Fa-f]{3}|[Ff][CcDdEe][0-9A-Fa-f]{2}|64:[Ff]{2}9[Bb])(?::[0-9A-Fa-f]{1,4})*::?"
        r"(?:(?:[0-9A-Fa-f]{1,4}:)*[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f:]*)|::(?:[Ff]{4}:)?[0-9]{1,3}(?:\.[0-9]{1,3}){3}",
        # `who:` is a name before an address, for it has more than hexadecimal digits; `Type::` is none
        before=r"^|[^0-9A-Za-z:.]|(?:^|[^0-9])\.|[G-Zg-z_][0-9A-Fa-f]*:|\\[bfnrt]",
        check=checks.single_address,
    ),
    Detector(
        "ipv4",
        Trigger.QUAD,
        _QUAD,
        before=_EDGE,
        after=_END,
        check=checks.single_address,
        doubt=rf"[0-9](?:\.[0-9]+){{4}}|\.0\.0\.0(?:{_END})",
        run=r"[0-9]+(?:\.[0-9]+){3,}",
        common=True,
    ),
    Detector(
        "postal_address",
        Trigger.PLACE,
        r"(?:[0-9]{1,5}[A-Za-z]? (?:[NSEW]\.? )?(?:[A-Z][a-z'-]+ ){1,4}"
        r"(?:(?:Street|Avenue|Boulevard|Road|Lane|Terrace|Crescent)\b"
        r"|(?:St|Ave|Blvd|Rd|Ln|Dr|Drive|Ct|Court|Sq|Square|Place|Pl|Way|Hwy)\b\.?,?"
        r" (?:[A-Z][A-Za-z.'-]+,? ){1,4}[0-9]{5}\b)"
        r"(?:,? (?:[A-Z][A-Za-z.'-]+,? ){1,4}[0-9]{5}(?:-[0-9]{4})?\b)?"
        r"|(?i:p\.? ?o\.? box) [0-9]+)",
        before=_LOOSE,
    ),
)
"""The built-in detectors in the order in which they are applied: the more specific first."""
