"""Made-up addresses of people: e-mail, telephone, street, network."""

import ipaddress
from random import Random

from otel_lift.synthetic.digits import HEX, LOWER, number, pick
from otel_lift.synthetic.model import Personal

__all__ = ["email", "email_international", "email_long", "ipv4", "ipv6", "mac", "phone", "postal_address", "ssn"]

_GIVEN = (
    *("ada", "bela", "chen", "dara", "emil", "fatma", "goran", "hana"),
    *("ines", "jonas", "kofi", "leila", "marek", "nadia", "oscar", "priya"),
    *("rosa", "sami", "tomas"),
)
_FAMILY = (
    *("keller", "okafor", "lindqvist", "moreau", "tanaka", "novak", "costa", "haddad"),
    *("brandt", "oconnor", "silva", "petrov", "yilmaz", "garcia"),
)
_FOREIGN = ("jörg.müller", "zoë.brontë", "иван.петров", "søren.åkesson", "josé.núñez", "李明华.wang", "γιώργος.παππάς")
# RFC 2606: domains that nobody has; under ends that exist, so that a list of ends does not tell them from real ones
_DOMAINS = (
    *("example.com", "example.net", "example.org", "mail.example.com", "post.shop.example.net", "web.de.example.org"),
    *("cs.uni.example.org", "corp.eu.example.com", "a-b.co.uk.example.net", "m1.example.com"),
)
_FOREIGN_DOMAINS = (
    "müller.example.com",
    "пример.example.org",
    "bücher.example.net",
    "xn--mller-kva.example.com",
    "例え.example.org",
)


def _name(rng: Random) -> str:
    joint = rng.choice((".", "_", "-", ""))
    return f"{rng.choice(_GIVEN)}{joint}{rng.choice(_FAMILY)}{number(rng, rng.choice((0, 2, 4)))}"


def email(rng: Random) -> Personal:
    """Make an e-mail address of a usual form, tags and capitals included."""
    local = _name(rng)
    if rng.random() < 0.2:
        local += f"+{pick(rng, LOWER, 5)}"
    if rng.random() < 0.2:
        local = local.title()
    address = f"{local}@{rng.choice(_DOMAINS)}"
    if rng.random() < 0.15:
        address = rng.choice((f"mailto:{address}", f'"The customer" <{address}>', f"<{address}>", address.upper()))
    return Personal(address, local)


def email_international(rng: Random) -> Personal:
    """Make an e-mail address with letters beyond ASCII, in its name, its domain or both (RFC 6531)."""
    if rng.random() < 0.5:
        local = f"{rng.choice(_FOREIGN)}{number(rng, 2)}"
        return Personal(f"{local}@{rng.choice((*_DOMAINS, *_FOREIGN_DOMAINS))}", local)
    local = _name(rng)
    return Personal(f"{local}@{rng.choice(_FOREIGN_DOMAINS)}", local)


def email_long(rng: Random) -> Personal:
    """Make an e-mail address near the limits of RFC 5321: 64 characters before the sign, labels of up to 63."""
    local = f"{_name(rng)}.{pick(rng, LOWER, rng.randint(25, 40))}"[:64]
    labels = [pick(rng, LOWER, rng.randint(20, 63)) for _ in range(rng.randint(1, 2))]
    return Personal(f"{local}@{'.'.join(labels)}.example.com", local)


# The countries' own example numbers (of each its numbering plan's samples); an x is any digit of a range that is kept
# free for fiction: ATIS 555-01xx, Ofcom, ACMA, ARCEP, BNetzA, PTS.
_US = "+1 {area}-555-01xx"
_AREAS = (
    *("201", "202", "212", "213", "303", "305", "312", "404"),
    *("415", "503", "512", "602", "617", "702", "713", "718"),
    *("808", "917"),
)
_NUMBERS = (
    *("+44 20 7946 0xxx", "+44 113 496 0xxx", "+61 2 7010 xxxx", "+61 3 7010 xxxx", "+33 1 99 00 xx xx"),
    *(
        "+49 30 23125xxx",
        "+46 8 465 00 4x",
        "+971 50 123 4567",
        "+54 11 2345-6789",
        "+43 664 123456",
        "+32 470 12 34 56",
    ),
    *("+359 43 012 345", "+55 11 96123-4567", "+41 78 123 45 67", "+56 2 2123 4567", "+86 131 2345 6789"),
    *(
        "+57 321 1234567",
        "+420 601 123 456",
        "+49 1512 3456789",
        "+45 32 12 34 56",
        "+372 5123 4567",
        "+20 10 01234567",
    ),
    *("+34 612 34 56 78", "+358 41 2345678", "+33 6 12 34 56 78", "+44 7400 123456", "+30 691 234 5678"),
    *(
        "+852 5123 4567",
        "+385 92 123 4567",
        "+36 20 123 4567",
        "+62 812-345-678",
        "+353 85 012 3456",
        "+972 50-234-5678",
    ),
    *(
        "+91 81234 56789",
        "+39 312 345 6789",
        "+81 90-1234-5678",
        "+254 712 123456",
        "+82 10-2000-0000",
        "+370 612 34567",
    ),
    *("+352 628 123 456", "+371 21 234 567", "+212 6 50 12 34 56", "+52 222 123 4567", "+60 12-345 6789"),
    *(
        "+234 802 123 4567",
        "+31 6 12345678",
        "+47 40 61 23 45",
        "+64 21 123 4567",
        "+51 912 345 678",
        "+63 905 123 4567",
    ),
    *(
        "+92 301 2345678",
        "+48 512 345 678",
        "+351 912 345 678",
        "+40 712 034 567",
        "+381 60 1234567",
        "+7 912 345-67-89",
    ),
    *(
        "+966 51 234 5678",
        "+46 70 123 45 67",
        "+65 8123 4567",
        "+386 31 234 567",
        "+421 912 123 456",
        "+66 81 234 5678",
    ),
    *("+90 501 234 56 78", "+886 912 345 678", "+380 50 123 4567", "+84 912 345 678", "+27 71 123 4567"),
)


def phone(rng: Random) -> Personal:
    """Make a telephone number of one of some sixty countries, in one of many spellings."""
    template = _US.format(area=rng.choice(_AREAS)) if rng.random() < 0.25 else rng.choice(_NUMBERS)
    written = "".join(number(rng, 1) if one == "x" else one for one in template)
    code, _, rest = written.partition(" ")
    digits = "".join(one for one in rest if one.isdigit())
    parts = rest.replace("-", " ").split()
    spellings = [
        written,
        f"{code}{digits}",
        f"{code} {' '.join(parts)}",
        f"{code}-{'-'.join(parts)}",
        f"{code}.{'.'.join(parts)}",
        f"{code} ({parts[0]}) {' '.join(parts[1:])}",
        f"00{code[1:]} {' '.join(parts)}",
        f"tel:{code}-{'-'.join(parts)}",
        f"{code}\u00a0{chr(0xA0).join(parts)}",
        f"{code}/{'/'.join(parts)}",
        f"Tel. {code} {' '.join(parts)}",
    ]
    if code in {"+44", "+49", "+33", "+46", "+43", "+41"}:
        spellings.append(f"{code} (0){' '.join(parts)}")
    if code == "+1":
        area, exchange, line = parts
        spellings += [f"({area}) {exchange}-{line}", f"{area}-{exchange}-{line}", f"{area}.{exchange}.{line}"]
        spellings += [f"1-{area}-{exchange}-{line}", f"+1 ({area}) {exchange}-{line}"]
    return Personal(rng.choice(spellings), digits)


def ssn(rng: Random) -> Personal:
    """Make a US social security number that could be issued, by the rules of before June 2011."""
    area = rng.choice([*range(1, 666), *range(667, 900)])
    parts = (f"{area:03d}", f"{rng.randint(1, 99):02d}", f"{rng.randint(1, 9999):04d}")
    text = "-".join(parts)
    if rng.random() < 0.2:
        text = rng.choice((f"SSN: {''.join(parts)}", f"ssn {' '.join(parts)}", f"SSN={text}"))
    return Personal(text, "".join(parts))


def ipv4(rng: Random) -> Personal:
    """Make an IPv4 address of the networks for documentation (RFC 5737)."""
    host = rng.randint(2, 254)
    text = f"{rng.choice(('192.0.2', '198.51.100', '203.0.113'))}.{host}"
    if rng.random() < 0.25:
        port = rng.randint(1025, 65000)
        return Personal(
            rng.choice((f"{text}:{port}", f"http://{text}/health", f"::ffff:{text}", f"[{text}]:{port}")), text
        )
    return Personal(text, text)


def ipv6(rng: Random) -> Personal:
    """Make an IPv6 address of the network for documentation (RFC 3849), short or long, in either case."""
    site, rest = rng.getrandbits(16), rng.getrandbits(80) | 1 << 79
    address = ipaddress.IPv6Address(0x20010DB8 << 96 | site << 80 | rest)
    if rng.random() < 0.3:  # with a gap, as people configure them
        address = ipaddress.IPv6Address(0x20010DB8 << 96 | site << 80 | rng.getrandbits(16) << 64 | rng.getrandbits(32))
        text = str(address)
        interface = "".join(text.split(":")[3:])
        if len(interface) < 6:
            return ipv6(rng)
    else:
        text = rng.choice((address.compressed, address.exploded))
        interface = "".join(text.split(":")[3:])
    if rng.random() < 0.2:
        text = rng.choice(
            (f"[{text}]:{rng.randint(1025, 65000)}", f"http://[{text}]/health", f"{text}%eth0", f"{text}/128")
        )
        return Personal(text, interface)
    return Personal(text.upper() if rng.random() < 0.25 else text, interface)


def mac(rng: Random) -> Personal:
    """Make a hardware address: of the range for documentation (RFC 7042), or locally administered at random."""
    first = "00005e0053" if rng.random() < 0.2 else f"{rng.getrandbits(8) & 0xFC | 2:02x}{pick(rng, HEX, 8)}"
    digits = first + pick(rng, HEX, 2)
    pairs = [digits[at : at + 2] for at in range(0, 12, 2)]
    text = rng.choice((":", ":", "-", "-", ".")).join(pairs)
    if "." in text:
        text = f"{digits[:4]}.{digits[4:8]}.{digits[8:]}"  # as Cisco's devices write it
    return Personal(text.upper() if rng.random() < 0.3 else text, digits)


_STREETS = ("Maple", "Cedar Hill", "Washington", "Old Mill", "Sunset", "Lake Shore", "Elm", "Jefferson")
_KINDS = ("Street", "Avenue", "Road", "Lane", "Boulevard", "St", "Ave", "Dr", "Blvd", "Terrace")
_TOWNS = (
    "Springfield, Illinois",
    "Salem, OR",
    "Fairview, TX",
    "Riverside, CA",
    "Greenville, SC",
    "Franklin, Tennessee",
)


def postal_address(rng: Random) -> Personal:
    """Make a US street address with its town and ZIP code, or a post box."""
    if rng.random() < 0.1:
        box = number(rng, 6)
        return Personal(f"{rng.choice(('P.O. Box', 'PO Box'))} {box}", box)
    place = f"{rng.randint(10, 9999)} {rng.choice(_STREETS)}"
    zip_code = f"{rng.randint(10000, 99499)}{rng.choice(('', f'-{rng.randint(1000, 9999)}'))}"
    return Personal(f"{place} {rng.choice(_KINDS)}, {rng.choice(_TOWNS)} {zip_code}", place)
