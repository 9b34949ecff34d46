"""Texts that must go, by the rule that finds them, and texts that must stay; all made up or from public examples."""

import random
import uuid

SECRETS: dict[str, tuple[tuple[str, str], ...]] = {
    # rule: (text, the part of it that must not be left)
    "email": (
        ("sent to jane.doe+news@mail.example.co.uk today", "jane.doe"),
        ("<a@b.io>", "a@b.io"),
        ("von jörg@müller.example an", "jörg"),
        ("o'neil_99@example.museum", "neil_99"),
        ("x,first@example.com,second@example.org", "second@"),
    ),
    "phone": (
        ("call +44 20 7946 0958 now", "7946"),
        ("+14155552671", "4155552671"),
        ("tel:+49(0)30-901820", "901820"),
        ("(415) 555-2671", "2671"),
        ("415-555-2671 or 415.555.2672", "2672"),
        ("+41446681800,+41446681801", "1801"),
    ),
    "payment_card": (
        ("card 4111 1111 1111 1111 declined", "1111"),
        ("4111111111111111", "4111111111111111"),
        ("5555-5555-5555-4444", "4444"),
        ("amex 378282246310005.", "378282246310005"),
        ("order 12345 4242 4242 4242 4242 paid", "4242"),
        ("card_6011111111111117", "6011111111111117"),
        ("2223003122003222 and 30569309025904", "30569309025904"),
    ),
    "iban": (
        ("to DE89370400440532013000 from", "0532013000"),
        ("GB29 NWBK 6016 1331 9268 19", "NWBK"),
        ("IBAN: NL91ABNA0417164300, thanks", "ABNA"),
        ("FR14 2004 1010 0505 0001 3M02 606 THANKS", "3M02"),
    ),
    "us_ssn": (("ssn 078-05-1120", "1120"), ("123-45-6789", "6789")),
    "ipv4": (
        ("from 203.0.113.77:8080", "113.77"),
        ("203.0.113.7,198.51.100.23", "100.23"),
        ("http://192.168.10.14/x", "10.14"),
        ("oid 1.3.6.1.4.1.311 by 198.51.100.99", "100.99"),
    ),
    "ipv6": (
        ("peer 2001:db8:85a3:8d3:1319:8a2e:370:7348 left", "7348"),
        ("[2001:db8:1:2::5]:443", ":2::5"),
        ("fe80::1ff:fe23:4567:890a%eth0", "890a"),
        ("::ffff:192.0.2.128", "2.128"),
        ("64:ff9b::192.0.2.33", "2.33"),
        ("2001:0DB8:AC10:FE01::BEEF: refused", "BEEF"),
    ),
    "mac": (("at 3c:22:fb:9a:10:77", "9a:10"), ("3C-22-FB-9A-10-77", "9A-10")),
    "jwt": (
        (
            "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
            "eyJzdWIi",
        ),
    ),
    "bearer": (
        ("Bearer mF_9.B5f-4.1JqM", "mF_9"),
        ("authorization failed for bearer abcdefghij1234", "abcdefghij1234"),
    ),
    "basic": (
        ("Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        ("Authorization: basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "QWxhZGRpbj"),
    ),
    "private_key": (
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----\nend", "IBAAKC"),
        ("log: -----BEGIN PRIVATE KEY-----\nMIIEvQ", "MIIEvQ"),
    ),
    "aws_key": (("id AKIAIOSFODNN7EXAMPLE used", "IOSFODNN7"),),
    "gcp_key": (("AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY", "SyD-9tSrke"), ("ya29.a0AfH6SMBx1234567890", "a0AfH6SMB")),
    "github_token": (
        ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "16C7e42F"),
        ("github_pat_11ABCDEFG0abcdefghijkl_mnop", "11ABCDEFG0"),
    ),
    "slack_token": (("xoxb-123456789012-abcdefABCDEF", "abcdefABCDEF"),),
    "stripe_key": (
        ("sk_test_4eC39HqLyjWDarjtT1zdp7dc", "4eC39HqLyj"),
        ("whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH", "5WbX5kEWLl"),
    ),
    "openai_key": (("sk-proj-abcDEF123456ghiJKL789012mnoPQR", "abcDEF123"),),
    "anthropic_key": (("sk-ant-api03-abcDEF123456ghiJKL789", "abcDEF123"),),
    "url_password": (
        ("postgres://app:s3cr3t!@db.example.com/shop", "s3cr3t"),
        ("redis://:hunter2@cache:6379", "hunter2"),
        ("amqp://u:p@ss@host", "p@ss"),
    ),
    "query_secret": (
        ("/cb?state=1&access_token=abc.def-1&x=2", "abc.def"),
        ("https://x.example/?password=hunter2#top", "hunter2"),
        ("?api_key=k123&sig=zzz", "zzz"),
    ),
    "secret": (
        ("login password=hunter2 failed", "hunter2"),
        ('{"user":"x","password":"correct horse \\"battery"}', "battery"),
        ('{\\"client_secret\\": \\"abc def\\"}', "abc def"),
        ("{'api_key': 'k-1'}", "k-1"),
        ("userPassword: Hunter2!", "Hunter2"),
        ("Authorization: 12345abcde", "12345abcde"),
        ("DB_PASSWORD=p(ss[w]", "p(ss"),
        ("refresh-token => 8xLOxBtZp8", "8xLOxBtZp8"),
        ("passwd: hunter", "hunter"),
    ),
    "cookie": (("Cookie: sid=31d4d96e407aad42; theme=dark", "31d4d96e"), ("set-cookie: id=a3fWa; Max-Age=1", "a3fWa")),
    "high_entropy": (("session=Zx81kQ0pLm72TnVb5RcY", "Zx81kQ0p"), ("key: 9aF3kL0zQw8xV2bN7mT4", "9aF3kL0z")),
    "postal_address": (
        ("ship to 1600 Pennsylvania Avenue, please", "1600 Pennsylvania"),
        ("742 Evergreen Terrace, Springfield, OR 97403", "97403"),
        ("12 N. Main St, Salem, OR 97301", "Main St"),
        ("P.O. Box 1234", "1234"),
    ),
}

CLEAN = (
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "order 1234567890123 created",
    "order 4111111111111112 created",
    "v1.2.3.4",
    "release v10.20.30.40-rc1",
    "1.3.6.1.4.1.311.21.20",
    "listening on 0.0.0.0:4317 and 127.0.0.1",
    "[::1]:4317 and ::",
    "std::vector<dead::beef> at a::b()",
    "2026-11-21 10:53:15.123456789 +0100",
    "2026-11-21T10:53:15Z",
    "1790000000000000000",
    "1790000000123",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/91.0.4472.124 Safari/537.36",
    "SELECT id, name FROM orders WHERE customer_id = ? AND status = 'open' LIMIT 20",
    "https://shop.example.com/api/orders/839201?page=3&sort=asc&code=404",
    "invalid token: expired at 10:53",
    "password: must be longer",
    "Bearer token missing",
    "Basic authentication required",
    "gen_ai.usage.input_tokens: 150",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "key=4bf92f3577b34da6a3ce929d0e0e4736",
    "session: 550e8400-e29b-41d4-a716-446655440000",
    "logo@2x.png",
    "lodash@4.17.21.tgz",
    "git@github.com:example/shop.git",
    "java.lang.Object@1b2c3d4e",
    "fingerprint 16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48",
    "took 0.4111111111111111 seconds, 12.3456789012345 ms",
    "500 Internal Server Error",
    "20 Road works reported",
    "kubernetes.io/metadata.name=kube-system",
    "at com.example.shop.Checkout.pay(Checkout.java:142)",
    '  File "/srv/app/checkout.py", line 88, in pay',
    "TypeError: Cannot read properties of undefined (reading 'id')",
    "retry 3/5 in 250 ms",
    "a=1, b=2, total: 3",
    "cache key: user-profile",
    "[email] and [payment_card]",
    "C++17/20/23 2024 and g++12 20241121",
    "1.0.0-beta+20261121 and 1.2.3+20130313144700",
    "invoice INV-0012-345678",
    "build 5.536-22-8145 and 7.415.555.2671",
    "std::feed::face() and name::2001::x",
    "task-scheduler-background-worker and disk_test_partition0",
    "keyJsonConverter.serializeValue",
    r"C:\\new\\tools\\bin\\run",
    "65155541-9534-4446-b7de-27417b1a57b2",
)


def clean_corpus(size: int, seed: int) -> list[str]:
    """Make texts as telemetry has them, with ids, times, versions, numbers and paths, and nothing personal."""
    chance = random.Random(seed)

    def hexadecimal(bits: int) -> str:
        return f"{chance.getrandbits(bits):0{bits // 4}x}"

    makers = (
        lambda: str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        lambda: hexadecimal(128),
        lambda: hexadecimal(64),
        lambda: f"order {chance.randrange(10**8, 10**10)} for cart {hexadecimal(32)}",
        lambda: f"ORD-{chance.randrange(2000, 2030)}-{chance.randrange(10**6):06d}",
        lambda: (
            f"2026-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d} {chance.randrange(24):02d}:"
            f"{chance.randrange(60):02d}:{chance.randrange(60):02d}.{chance.randrange(10**6):06d}"
        ),
        lambda: str(chance.randrange(1_700_000_000_000, 1_900_000_000_000)),
        lambda: str(chance.randrange(1_700_000_000_000_000_000, 1_900_000_000_000_000_000)),
        lambda: f"v{chance.randrange(20)}.{chance.randrange(50)}.{chance.randrange(99)}",
        lambda: f"/api/orders/{chance.randrange(10**7)}/items?page={chance.randrange(99)}&limit=50",
        lambda: f"took {chance.random() * 1000} ms for {chance.randrange(10**6)} rows",
        lambda: f"GET /static/app.{hexadecimal(32)}.js HTTP/1.1 200 {chance.randrange(10**6)}",
        lambda: f"commit {hexadecimal(160)}",
        lambda: f"pod checkout-{hexadecimal(40)}-{hexadecimal(20)} restarted {chance.randrange(9)} times",
        lambda: (
            f"Error: request {uuid.UUID(int=chance.getrandbits(128), version=4)} timed out after {chance.random():.3f}s"
        ),
        lambda: f"arn:aws:lambda:eu-west-1:function:pay:{chance.randrange(99)}",
    )
    return [chance.choice(makers)() for _ in range(size)]
