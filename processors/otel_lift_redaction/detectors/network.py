"""Addresses: of mail, of machines, and of places."""

from otel_lift_redaction import checks
from otel_lift_redaction.detectors.model import EDGE, END, LOOSE, WIDE, Detector
from otel_lift_redaction.triggers import Trigger

__all__ = ["EMAIL", "IPV4_HOST", "MACHINES", "PLACES"]

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_FIRST_OCTET = r"(?:25[0-5]|2[0-4][0-9]|12[0-689]|1[013-9][0-9]|[1-9][0-9]?)"  # neither 0 nor 127
IPV4_HOST = rf"({EDGE})({_FIRST_OCTET}\.{_OCTET}\.{_OCTET})\.{_OCTET}({END})"
"""An IPv4 address: what is before it in group 1, its network in group 2, what is after it in group 3."""
_QUAD = rf"{_FIRST_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}"

EMAIL = Detector(
    "email",
    Trigger.EMAIL,
    rf"""[0-9A-Za-z!$%*+._~^'{WIDE}-]+@(?:[0-9A-Za-z{WIDE}-]+\.)+[A-Za-z{WIDE}][0-9A-Za-z{WIDE}-]+""",
    check=checks.unlike_a_file,
    common=True,
    doubt=rf"@[0-9]+(?:\.[0-9]+)*x?\.|(?:\b|_)git@|[!$%*+._~^'-]@|[{WIDE}]",
)

MACHINES: tuple[Detector, ...] = (
    Detector(
        "mac",
        Trigger.MAC,
        r"(?:[0-9A-Fa-f]{2}[:-]){5,}[0-9A-Fa-f]{2}",
        before=rf"{EDGE}|[G-Zg-z]",
        after=rf"{END}|[G-Zg-z]",
        check=checks.single_mac,
    ),
    # as the devices of Cisco write it; with all that is joined to it by dots
    Detector(
        "mac",
        Trigger.MAC,
        r"[0-9A-Fa-f]{4}(?:\.[0-9A-Za-z]+){2,}",
        before=r"^|[^0-9A-Za-z.]|(?:^|[^0-9A-Za-z])\.|\\[bfnrt]",
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
        before=EDGE,
        after=END,
        check=checks.single_address,
        doubt=rf"[0-9](?:\.[0-9]+){{4}}|\.0\.0\.0(?:{END})",
        run=r"[0-9]+(?:\.[0-9]+){3,}",
        common=True,
    ),
)

PLACES: tuple[Detector, ...] = (
    Detector(
        "postal_address",
        Trigger.PLACE,
        r"(?:[0-9]{1,5}[A-Za-z]? (?:[NSEW]\.? )?(?:[A-Z][a-z'-]+ ){1,4}"
        r"(?:(?:Street|Avenue|Boulevard|Road|Lane|Terrace|Crescent)\b"
        r"|(?:St|Ave|Blvd|Rd|Ln|Dr|Drive|Ct|Court|Sq|Square|Place|Pl|Way|Hwy)\b\.?,?"
        r" (?:[A-Z][A-Za-z.'-]+,? ){1,4}[0-9]{5}\b)"
        r"(?:,? (?:[A-Z][A-Za-z.'-]+,? ){1,4}[0-9]{5}(?:-[0-9]{4})?\b)?"
        r"|(?i:p\.? ?o\.? box) [0-9]+)",
        before=LOOSE,
    ),
)
