"""Clean identifiers of services and machines, which look as random as tokens, and words about secrets without one."""

import string
import uuid
from random import Random

from otel_lift.synthetic.digits import BASE62, HEX, LOWER, number, pick

__all__ = ["about_secrets", "addresses", "keys", "machine_ids", "measures", "parcels", "service_ids"]

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CAPITALS = string.ascii_uppercase + string.digits


def service_ids(rng: Random) -> str:
    """Make an identifier as services hand them out: ULID, KSUID, snowflake, request and object ids."""
    return rng.choice(
        (
            *(f"01{pick(rng, _CROCKFORD, 24)}", f"req_{pick(rng, BASE62, 14)}", f"evt_{pick(rng, BASE62, 24)}"),
            *(
                f"snowflake {rng.randint(10**17, 2 * 10**18)}",
                f"ObjectId('{pick(rng, HEX, 24)}')",
                f"2{pick(rng, BASE62, 26)}",
            ),
            *(f"request id {pick(rng, _CAPITALS, 16)}", f"i-0{pick(rng, HEX, 16)}", f"vpc-{pick(rng, HEX, 17)}"),
            *(
                f"arn:aws:s3:::orders-{pick(rng, HEX, 6)}/in",
                f"arn:aws:iam::123456789012:role/orders-{rng.randint(1, 99)}",
            ),
            *(f"projects/shop/topics/orders-{pick(rng, LOWER, 4)}", f"msg-{number(rng, 4)}-{pick(rng, HEX, 12)}"),
            f"x-amz-cf-id: {pick(rng, BASE62, 54)}==",
        )
    )


def machine_ids(rng: Random) -> str:
    """Make what names machines, builds and memory."""
    return rng.choice(
        (
            *(
                f"0x{pick(rng, HEX, 12)}",
                f"at 0x00007ff{pick(rng, HEX, 9)}",
                f"build {number(rng, 5)}.{number(rng, 4)}",
            ),
            *(
                f"Windows NT 10.0.{rng.randint(10000, 30000)}.{rng.randint(300, 4000)}",
                f"Version={rng.randint(1, 20)}.0.0.0",
            ),
            *(
                f"kernel 6.{rng.randint(1, 12)}.{rng.randint(0, 99)}-{rng.randint(10, 99)}-generic",
                f"pid {number(rng, 6)} tid {number(rng, 6)}",
            ),
            *(f"node ip-10-0-{rng.randint(0, 255)}-{rng.randint(1, 254)}", f"cgroup /kubepods/pod{pick(rng, HEX, 32)}"),
            *(f"SHA256:{pick(rng, BASE62, 43)}", f"#{pick(rng, HEX, 6)} rgba(12, 34, 56, 0.{number(rng, 2)})"),
            f"shard {rng.randint(0, 63)}/64 epoch {number(rng, 8)} offset {number(rng, 13)}",
        )
    )


def parcels(rng: Random) -> str:
    """Make numbers of parcels, goods and flights."""
    digits = number(rng, 12)
    odd_even = sum(int(one) * (3 if place % 2 else 1) for place, one in enumerate(digits))
    return rng.choice(
        (
            *(
                f"EAN {digits}{-odd_even % 10}",
                f"parcel 1Z{pick(rng, _CAPITALS, 16)}",
                f"tracking JJD{number(rng, 18)}",
            ),
            *(
                f"ISBN 978-{rng.randint(0, 9)}-{number(rng, 4)}-{number(rng, 4)}-{rng.randint(0, 9)}",
                f"LH{number(rng, 4)} gate B{rng.randint(1, 40)}",
            ),
            *(
                f"container MSCU{number(rng, 7)}",
                f"pallet {number(rng, 4)}-{number(rng, 4)}",
                f"batch {number(rng, 3)}/{number(rng, 5)}",
            ),
        )
    )


def keys(rng: Random) -> str:
    """Make keys that open nothing: of caches, storages, tables, partitions and languages."""
    return rng.choice(
        (
            *(
                f"key=uploads/2026/03/{rng.randint(10, 28)}/report-{number(rng, 4)}.pdf",
                f"cache key orders:v2:{number(rng, 6)}",
            ),
            *(
                f"cache_key=catalog:v{rng.randint(1, 9)}:page-{rng.randint(1, 99)}",
                "primary key: orders_pkey",
                "foreign key orders_customer_fk1",
            ),
            *(
                f"partition_key=2026-03-{rng.randint(10, 28)}T10",
                f"idempotency_key={uuid.UUID(int=rng.getrandbits(128), version=4)}",
            ),
            *(
                f"i18n key checkout.errors.card_declined.v{rng.randint(1, 9)}",
                f"sort_key=order#{number(rng, 7)}",
                f"code: ERR_{rng.randint(100, 999)}_TIMED_OUT",
            ),
            *(f"error_code=SQLSTATE_{number(rng, 5)}", f"public_key_id={number(rng, 4)}", f"hash={pick(rng, HEX, 40)}"),
        )
    )


def addresses(rng: Random) -> str:
    """Make addresses of machines and code that nobody lives at."""
    host = rng.choice(("db.example", "orders.shop.svc", "git.example.com", "localhost"))
    return rng.choice(
        (
            *(
                f"postgres://{host}:5432/orders",
                f"jdbc:oracle:thin:@//{host}:1521/orders",
                f"ssh://git@{host}/shop/app.git",
            ),
            *(
                f"https://{host}/@shop/release-{rng.randint(1, 99)}",
                f"npm:@shop/ui@{rng.randint(1, 9)}.{rng.randint(0, 20)}.0",
                f"redis://{host}:6379/{rng.randint(0, 9)}",
            ),
            *(
                f"http://{host}:8080/health?retry={rng.randint(1, 9)}#top",
                f"amqp://{host}/%2f",
                f"s3://orders/{pick(rng, HEX, 8)}.parquet",
            ),
            *(
                f"dial tcp 127.0.0.1:{rng.randint(1025, 65000)}: connection refused",
                f"kafka-{rng.randint(0, 9)}.{host}:9092",
            ),
            *(
                f"@Inject @Named('orders-{rng.randint(1, 99)}')",
                f"10.0.0.0/{rng.randint(8, 16)} via eth{rng.randint(0, 3)}",
            ),
        )
    )


def about_secrets(rng: Random) -> str:
    """Make messages about passwords, tokens and cards without one."""
    count = rng.randint(2, 99)
    return rng.choice(
        (
            *(
                "token: null",
                "secret: none",
                "password: [FILTERED]",
                "api_key: ***",
                "Authorization: Bearer [redacted]",
            ),
            *(f"password must have {count} characters", f"token expired {count} s ago", f"{count} secrets rotated"),
            *(
                f"input_tokens={number(rng, 4)} output_tokens={number(rng, 3)}",
                f"max_tokens: {number(rng, 4)}",
                "password=<redacted>",
            ),
            *(
                f"login failed after {count} attempts: wrong password",
                f"csrf token mismatch on form {count}",
                "card declined: insufficient funds",
            ),
            *(
                f"secret orders/db-{count} not found in namespace shop",
                f"cookie consent banner v{count} shown",
                "basic auth is off",
            ),
            *(
                f"phone number has {count} digits, expected 10",
                f"invalid e-mail in row {count}",
                "bearer of bad news: queue is full",
            ),
            f"unsupported token type at line {count}: EOF",
        )
    )


def measures(rng: Random) -> str:
    """Make numbers with units, ranges and lists of numbers."""
    first, second = rng.randint(1, 9999), rng.randint(10_000, 10**7)
    return rng.choice(
        (
            *(
                f"{second:,} rows in {first} batches",
                f"ports {first + 1024}-{first + 1100}",
                f"heap {second} kB of {second * 2} kB",
            ),
            *(
                f"[{first}, {second}, {first * 7}, {second + 11}]",
                f"{first / 7:.12f}",
                f"p50={first / 10} p99={second / 10} n={second}",
            ),
            *(
                f"{first} x {first} px",
                f"1:{first}:{second}",
                f"{second} ns/op {first} B/op {rng.randint(0, 9)} allocs/op",
            ),
            *(
                f"USD {first}.{number(rng, 2)}",
                f"{rng.random():.17f}",
                f"-{second}e-{rng.randint(2, 12)}",
                f"+{first} -{second} lines",
            ),
        )
    )
