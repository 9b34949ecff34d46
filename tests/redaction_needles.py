"""Texts that must go, by the rule that finds them, and texts that must stay; all made up or from public examples."""

import random
import uuid


def _key(*parts: str) -> str:
    """Put a made-up key together, so that no scanner of this file takes it for a leak."""
    return "".join(parts)


_HEX = "0123456789abcdef" * 4
_MIXED = "Zx81kQ0pLm72TnVb5RcY9aF3kL0zQw8xV2bN7mT4hJ6sD1gG3fE5uI8oP0yA2cBw"

SECRETS: dict[str, tuple[tuple[str, str], ...]] = {
    # rule: (text, the part of it that must not be left)
    "email": (
        ("sent to jane.doe+news@mail.example.co.uk today", "jane.doe"),
        ("<a@b.io>", "a@b.io"),
        ("von jörg@müller.example an", "jörg"),
        ("o'neil_99@example.museum", "neil_99"),
        ("x,first@example.com,second@example.org", "second@"),
        ("user_ann@example.com_end", "ann@"),
        ("idjohn@example.comX and more", "john@"),
    ),
    "phone": (
        ("call +44 20 7946 0958 now", "7946"),
        ("+14155552671", "4155552671"),
        ("tel:+49(0)30-901820", "901820"),
        ("(415) 555-2671", "2671"),
        ("415-555-2671 or 415.555.2672", "2672"),
        ("+41446681800,+41446681801", "1801"),
        ("user4155552671", "4155552671"),
        ("phone+14155552671", "4155552671"),
        ("tel:+1-201-555-0123", "0123"),
        ("fax415-555-2671x", "2671"),
        ("+1 415 555 2671 ext. 123 left", "123"),
        ("+33 6 12 34 56 78 12", "34 56 78"),
        ("0049 30 901820 rang", "901820"),
        ("ruf 030 901820 an", "901820"),
        ("Tel. 030/901820", "901820"),
        ("dial (030) 901820", "901820"),
        ("text 01 23 45 67 89 please", "45 67 89"),
        ("from 0612345678 twice", "612345678"),
        ("phone_number=4155552671", "4155552671"),
        ('{"phoneNumber": "2015550123"}', "2015550123"),
        ("mobile no. 07700 900123", "900123"),
        ("1-415-555-2671", "1-415"),
    ),
    "payment_card": (
        ("card 4111 1111 1111 1111 declined", "1111"),
        ("4111111111111111", "4111111111111111"),
        ("5555-5555-5555-4444", "4444"),
        ("amex 378282246310005.", "378282246310005"),
        ("order 12345 4242 4242 4242 4242 paid", "4242"),
        ("card_6011111111111117", "6011111111111117"),
        ("2223003122003222 and 30569309025904", "30569309025904"),
        ("order4111111111111111x", "4111111111111111"),
        ("card4111-1111-1111-1111", "1111"),
        ("code5555555555554444", "5555555555554444"),
    ),
    "iban": (
        ("to DE89370400440532013000 from", "0532013000"),
        ("GB29 NWBK 6016 1331 9268 19", "NWBK"),
        ("IBAN: NL91ABNA0417164300, thanks", "ABNA"),
        ("FR14 2004 1010 0505 0001 3M02 606 THANKS", "3M02"),
        ("x_GB29NWBK60161331926819_y", "NWBK"),
        ("toDE89370400440532013000now", "0532013000"),
        ("REFGB29NWBK60161331926819DE89370400440532013000", "0532013000"),
    ),
    "us_ssn": (
        *(("ssn 078-05-1120", "1120"), ("123-45-6789", "6789"), ("ssn078-05-1120z", "1120")),
        *(
            ("123-45-6789,123-45-6780", "6780"),
            ("SSN: 078051120", "1120"),
            ("social security number 078 05 1120", "1120"),
        ),
    ),
    "ipv4": (
        ("from 203.0.113.77:8080", "113.77"),
        ("203.0.113.7,198.51.100.23", "100.23"),
        ("http://192.168.10.14/x", "10.14"),
        ("oid 1.3.6.1.4.1.311 by 198.51.100.99", "100.99"),
        ("key_203.0.113.7_", "113.7"),
    ),
    "ipv6": (
        ("peer 2001:db8:85a3:8d3:1319:8a2e:370:7348 left", "7348"),
        ("[2001:db8:1:2::5]:443", ":2::5"),
        ("fe80::1ff:fe23:4567:890a%eth0", "890a"),
        ("::ffff:192.0.2.128", "2.128"),
        ("64:ff9b::192.0.2.33", "2.33"),
        ("2001:0DB8:AC10:FE01::BEEF: refused", "BEEF"),
    ),
    "mac": (("at 3c:22:fb:9a:10:77", "9a:10"), ("3C-22-FB-9A-10-77", "9A-10"), ("hw3c:22:fb:9a:10:77x", "9a:10")),
    "jwt": (
        (
            "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
            "eyJzdWIi",
        ),
        ("tokeneyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3", "eyJzdWIi"),
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
        (_key("AGE-SECRET", "-KEY-1", _MIXED[:58].upper()), "ZX81KQ0P"),
    ),
    "aws_key": (("id AKIAIOSFODNN7EXAMPLE used", "IOSFODNN7"), (_key("AB", "SK", _MIXED, "="), "Zx81kQ0p")),
    "gcp_key": (
        ("AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY", "SyD-9tSrke"),
        ("ya29.a0AfH6SMBx1234567890", "a0AfH6SMB"),
        (_key("1/", "/0g", _MIXED[:40]), "Zx81kQ0p"),
    ),
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
    "azure_key": ((_key("secret is ", "abc8", "Q~", _MIXED[:34]), "Zx81kQ0p"),),
    "gitlab_token": ((_key("gl", "pat-", _MIXED[:20]), "Zx81kQ0p"), (_key("gl", "rt-", _MIXED[:20]), "Zx81kQ0p")),
    "huggingface_token": ((_key("h", "f_", _MIXED[:34]), "Zx81kQ0p"),),
    "ai_key": tuple(
        (_key(prefix, _MIXED), "Zx81kQ0p")
        for prefix in (_key("gs", "k_"), _key("xa", "i-"), _key("r", "8_"), _key("nv", "api-"))
    ),
    "package_token": (
        *((_key("np", "m_", _MIXED[:36]), "Zx81kQ0p"), (_key("py", "pi-", "AgEIcHlwaS5vcmc", _MIXED), "Zx81kQ0p")),
        *((_key("ruby", "gems_", _HEX[:48]), "abcdef"), (_key("dckr", "_pat_", _MIXED[:27]), "Zx81kQ0p")),
    ),
    "cloud_key": (
        *(
            (_key("do", "p_v1_", _HEX), "abcdef"),
            (_key("da", "pi", _HEX[:32]), "abcdef"),
            (_key("hv", "s.", _MIXED), "Zx81"),
        ),
        *((_key("dp.", "pt.", _MIXED[:43]), "Zx81"), (_key("v1.", "0-", _HEX[:24], "-", _HEX * 3), "abcdef")),
        *(
            (_key("pscale", "_tkn_", _MIXED), "Zx81"),
            (_key("HR", "KU-", _MIXED), "Zx81"),
            (_key("pu", "l-", _HEX), "abcdef"),
        ),
        (_key("at dapi in ", "da", "pi", "ab", _HEX[:30], "-2"), "0123456789abcdef"),
    ),
    "monitoring_key": (
        *(
            (_key("gl", "sa_", _MIXED), "Zx81"),
            (_key("gl", "c_", _MIXED), "Zx81"),
            (_key("NR", "AK-", _MIXED[:27].upper()), "ZX81"),
        ),
        *((_key("sntr", "yu_", _HEX), "abcdef"), (_key("sntr", "ys_", _MIXED), "Zx81")),
    ),
    "shop_key": (
        *(
            (_key("sh", "pat_", _HEX[:32]), "abcdef"),
            (_key("sq0", "atp-", _MIXED[:22]), "Zx81"),
            (_key("EA", "AA", _MIXED), "Zx81"),
        ),
        (_key("access_", "token$", "production$", _MIXED[:16].lower(), "$", _HEX[:32]), "abcdef"),
    ),
    "mail_key": (
        *((_key("S", "G.", _MIXED[:22], ".", _MIXED[:43]), "Zx81"), (_key("ke", "y-", _HEX[:32]), "abcdef")),
        *((_key(_HEX[:32], "-", _HEX[:8], "-", _HEX[:8]), "abcdef"), (_key("S", "K", _HEX[:32]), "abcdef")),
        (_key("xkey", "sib-", _HEX, "-", _MIXED[:16]), "abcdef"),
    ),
    "chat_token": (
        *(
            (_key("123456789", ":AA", _MIXED[:33]), "Zx81"),
            (_key("M", _MIXED[:23], ".", "Gx9", "aB2.", _MIXED[:38]), "x81kQ0p"),
        ),
        (_key("https://discord", ".com/api/webhooks/123456/", _MIXED), "Zx81"),
    ),
    "saas_key": (
        *(
            (_key("fig", "d_", _MIXED[:40]), "Zx81"),
            (_key("lin", "_api_", _MIXED[:40]), "Zx81"),
            (_key("nt", "n_", _MIXED[:46]), "Zx81"),
        ),
        *((_key("sec", "ret_", _MIXED[:43]), "Zx81"), (_key("PM", "AK-", _HEX[:24], "-", _HEX[:34]), "abcdef")),
    ),
    "be_national_number": (("rrn 85.07.30-033.28", "033.28"),),
    "br_cpf": (("529.982.247-25", "982.247"), ("cpf: 52998224725", "52998224725"), ("x529.982.247-25y", "247-25")),
    "ca_sin": (("SIN 046 454 286", "454 286"), ("social insurance number: 046-454-286", "454")),
    "cn_resident_id": (("11010519491231002X", "19491231"), ("of 11010519491231002x.", "1949")),
    "de_tax_id": (("Steuer-ID: 86 095 742 719", "742 719"), ("steuer_id=86095742719", "86095742719")),
    "es_dni": (("DNI: 12345678Z", "12345678"), ("nie X-1234567-L", "1234567"), ("NIF 12.345.678-Z", "345")),
    "fi_henkilotunnus": (("hetu 131052-308T", "308T"), ("131052-308T", "131052")),
    "fr_nir": (
        ("185057800608491", "0608436"),
        ("1 85 05 78 006 084 91", "006 084"),
        ("nir: 185057800608491", "0608436"),
    ),
    "gb_nhs": (("NHS number: 943 476 5919", "5919"), ("nhs_no=9434765919", "9434765919")),
    "gb_nino": (("NINO: AB 12 34 56 C", "34 56"), ("national insurance no AB123456C", "123456")),
    "imei": (("imei=490154203237518", "203237518"), ("IMEI: 49-015420-323751-8", "323751")),
    "in_aadhaar": (("Aadhaar: 2341 2341 2346", "2346"), ("aadhaar_number=234123412346", "234123412346")),
    "it_codice_fiscale": (("cf RSSMRA85T10A562S ok", "85T10"), ("idRSSMRA85T10A562Sx", "85T10")),
    "nl_bsn": (("BSN: 111222333", "222333"), ("bsn111222333", "222333")),
    "pl_pesel": (("PESEL 44051401359", "401359"), ("pesel=44051401359", "401359")),
    "se_personnummer": (("personnummer 811218-9876", "9876"), ("Personnr: 19811218-9876", "9876")),
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
    # numbers that only look like somebody's
    "order1234567890123456x and ORD4111111111111112",
    "sku ABC-123456-7890 and SKU9876543210",
    "2026-11-21 10:20:30 phone rang",
    "telemetry 0123456789 sent, hotel 2345678901, cancelled 4155552671",
    "using 046454286 rows, business 111222333",
    "iban GB29NWBK60161331926818 refused",
    "GB82 WEST 1234 5698 7654 33",
    "ssn000-12-3456 and 666-12-3456 and 900-12-3456",
    "123-00-4567 and 123-45-0000 and 123-45-67890",
    "coordinates +48.856613, +2.352222 and 52.520008, 13.404954",
    "+40.20361-075.00417/",
    "delta +1234567 bytes",
    "1.0.0-beta+20261121104500",
    "on 01-12-2026 10:20 and 02/11/2026 10:22:33",
    "000012345678901234",
    "0000004155552671",
    "layer sha256:4d9e2bc4118462354ac2a1e07f41a9b34f6d8b7f1f2d27d9c1a3e5b1c0f6a7d8",
    'ETag: W/"33a64df551425fcc55e4d42a148795d9f25f89d4"',
    'ETag: "686897696a7c876b7e"',
    "checkout-6d4b75cb6d-hwr2p",
    "node ip-10-0-0-5.ec2.internal and gke-prod-pool-1-9f8e7d6c-x2z4",
    "#ff8800 and #4155ee",
    "v2.31.415926 and 10.14.393.1",
    "P3Y6M4DT12H30M5S and PT36H",
    "DNI: 12345678A and NIF: 1234567",
    "cpf: 52998224726 and 529.982.247-26",
    "nhs: 9434765918",
    "pesel=44051401358",
    "personnummer 811218-9875",
    "131052-308U and 26112-104A",
    "RSSMRA85T10A562T",
    "185057800608492",
    "110105194912310021",
    "imei=490154203237519",
    "hf_transfer, npm_config_registry, secret_name, live_view, key-value, sk-learn",
    "glpat-short and SG.module.name",
    "eyJhbGciOiJIUzI1NiJ9 alone",
    "http://10.0.0.0/8 and 0x4111111111111111",
    "cafe4111111111111111 and 4fa4111111111111111b",
    "job 20261121-104500 and 261121-1045",
    "user-8391023345678 and users_1234567890123",
    "mailbox 12 of 30, sandbox 3",
    "rev 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "Content-Range: bytes 0-1023/146515",
    "took 00:01:23.456 since 2026-11-21T09:08:07.123456789Z",
    "LATENCY p99 0.0234, p50 0.0101",
    "trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7",
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
