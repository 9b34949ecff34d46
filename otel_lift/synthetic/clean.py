"""Clean telemetry that looks dangerous: long numbers, random letters, dots and colons, and nobody behind them."""

import base64
import datetime as dt
import json
import string
import uuid
from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType
from urllib.parse import quote

from otel_lift.synthetic import clean_ids
from otel_lift.synthetic.digits import BASE62, HEX, LOWER, number, pick

__all__ = ["CLEAN", "clean", "clean_corpus"]

_LOWER_36 = LOWER + string.digits


def _moment(rng: Random) -> dt.datetime:
    return dt.datetime.fromtimestamp(rng.randint(1_600_000_000, 1_900_000_000), dt.UTC)


def _order_id(rng: Random) -> str:
    serial = number(rng, rng.randint(6, 10))
    year = rng.randint(2015, 2030)
    return rng.choice(
        (f"order {serial} created", f"ORD-{year}-{serial[:6]}", f"#{serial}", f"invoice INV-{serial}", serial)
    )


def _trace_context(rng: Random) -> str:
    trace, span = pick(rng, HEX, 32), pick(rng, HEX, 16)
    return rng.choice((trace, span, f"00-{trace}-{span}-01", f"trace_id={trace} span_id={span}", f"{trace}:{span}:0:1"))


def _uuid(rng: Random) -> str:
    made = uuid.UUID(int=rng.getrandbits(128), version=rng.choice((1, 4, 5)))
    return rng.choice((str(made), str(made).upper(), made.hex, f"urn:uuid:{made}", f"request {made} timed out"))


def _hash(rng: Random) -> str:
    digest = pick(rng, HEX, rng.choice((32, 40, 64, 128)))
    return rng.choice(
        (digest, f"sha256:{pick(rng, HEX, 64)}", f"commit {pick(rng, HEX, 40)}", f"md5={pick(rng, HEX, 32)}")
    )


def _version(rng: Random) -> str:
    parts = [rng.randint(0, limit) for limit in (20, 50, 99, 300)]
    plain = ".".join(map(str, parts[:3]))
    moment = f"{_moment(rng):%Y%m%d}"
    return rng.choice(
        (
            *(plain, f"v{plain}", f"{plain}-rc{parts[3] % 9}", f"{plain}+{moment}", f"lodash@{plain}.tgz", f"^{plain}"),
            *(f"release v10.{plain}", f"Chrome/{parts[2] + 60}.0.{parts[3] + 4000}.{parts[1]} Safari/537.36"),
            f"1.3.6.1.4.1.{parts[3] + 300}.{parts[1]}.{parts[0]}",
        )
    )


def _timestamp(rng: Random) -> str:
    moment, fraction = _moment(rng), number(rng, 9)
    seconds = int(moment.timestamp())
    return rng.choice(
        (
            *(
                f"{moment:%Y-%m-%dT%H:%M:%SZ}",
                f"{moment:%Y-%m-%d %H:%M:%S}.{fraction} +0100",
                f"{moment:%d/%b/%Y:%H:%M:%S} +0000",
            ),
            *(
                str(seconds),
                f"{seconds}{fraction[:3]}",
                f"{seconds}{fraction[:6]}",
                f"{seconds}{fraction}",
                f"{seconds}.{fraction[:6]}",
            ),
            *(
                f"{moment:%Y%m%dT%H%M%SZ}",
                f"{moment:%a, %d %b %Y %H:%M:%S} GMT",
                f"{moment:%Y%m%d%H%M%S}",
                f"{moment:%d.%m.%Y %H:%M}",
            ),
        )
    )


def _duration(rng: Random) -> str:
    value = rng.random() * 1000
    return rng.choice(
        (
            f"took {value} ms",
            f"{value:.3f}s",
            f"PT{rng.randint(1, 59)}M{value % 60:.3f}S",
            f"0.{number(rng, 16)}",
            f"{value:e}",
        )
    )


def _sku(rng: Random) -> str:
    letters = pick(rng, string.ascii_uppercase, 3)
    return rng.choice(
        (
            f"SKU-{number(rng, 5)}-{letters}",
            f"{letters}{number(rng, 4)}-{number(rng, 2)}",
            f"part no. {number(rng, 3)}-{number(rng, 4)}-{letters}",
            f"{letters}-{number(rng, 8)}",
        )
    )


def _pod(rng: Random) -> str:
    name = rng.choice(("checkout", "orders-api", "user-profile", "mail-worker", "payments"))
    pod = f"{name}-{pick(rng, HEX, 10)}-{pick(rng, _LOWER_36, 5)}"
    return rng.choice(
        (
            *(
                pod,
                f"k8s://shop/{pod}",
                f"ip-10-0-{rng.randint(0, 9)}-compute.internal",
                f"{name}.shop.svc.cluster.local:8080",
            ),
            f"arn:aws:lambda:eu-west-1:function:{name}:{rng.randint(1, 99)}",
        )
    )


def _digest(rng: Random) -> str:
    return f"registry.example/shop/orders:v{rng.randint(1, 99)}@sha256:{pick(rng, HEX, 64)}"


def _coordinates(rng: Random) -> str:
    latitude, longitude = rng.uniform(-90, 90), rng.uniform(-180, 180)
    return rng.choice(
        (
            f"{latitude:.6f}, {longitude:.6f}",
            f"lat={latitude:.4f} lon={longitude:.4f}",
            f"POINT({longitude:.5f} {latitude:.5f})",
        )
    )


def _etag(rng: Random) -> str:
    return rng.choice(
        (
            f'"{pick(rng, HEX, 32)}"',
            f'W/"{pick(rng, HEX, 8)}-{pick(rng, HEX, 11)}"',
            f'If-None-Match: "{pick(rng, HEX, 40)}"',
        )
    )


def _binary(rng: Random) -> str:
    encoded = base64.b64encode(rng.randbytes(rng.randint(12, 120))).decode()
    return rng.choice((encoded, f"data:image/png;base64,{encoded}", f"payload {encoded}"))


def _encoded_text(rng: Random) -> str:
    said = rng.choice(
        ("nothing to see in here", '{"status":"ok","count":3}', "<svg width='10'/>", "hello, wörld", "orders/2026/list")
    )
    return rng.choice((base64.b64encode(said.encode()).decode(), said.encode().hex(), json.dumps(json.dumps(said))))


def _path(rng: Random) -> str:
    said = rng.choice(("summer sale 50%", "größe & farbe", "a/b c", "rock'n'roll", "日本語", "price>10"))
    return rng.choice(
        (
            f"/search?q={quote(said)}&page={rng.randint(1, 99)}",
            f"/files/{quote(said, safe='')}/raw",
            f"https://shop.example/next?to={quote('/cart/' + said, safe='')}",
            f"/api/orders/{number(rng, 7)}/items?page=2&limit=50",
            f"GET /static/app.{pick(rng, HEX, 8)}.js HTTP/1.1 200 {number(rng, 6)}",
        )
    )


def _payload(rng: Random) -> str:
    made = {
        "order": int(number(rng, 9)),
        "items": [{"sku": _sku(rng), "price": round(rng.random() * 100, 2)} for _ in range(rng.randint(1, 3))],
        "at": f"{_moment(rng):%Y-%m-%dT%H:%M:%SZ}",
        "trace": pick(rng, HEX, 32),
        "ok": rng.random() < 0.5,
    }
    return json.dumps({"body": json.dumps(made)} if rng.random() < 0.3 else made)


_PROSE = (
    "Die Bestellung wurde storniert, weil die Größe nicht verfügbar war.",
    "La commande a été annulée : délai dépassé après trois essais.",
    "Заказ отменён: истекло время ожидания ответа склада.",
    "注文はキャンセルされました。在庫がありません。",
    "تم إلغاء الطلب بسبب انتهاء المهلة",
    "Αυτή η παραγγελία ακυρώθηκε λόγω λήξης χρόνου.",
    "주문이 취소되었습니다. 재고가 없습니다.",
    "ההזמנה בוטלה עקב חוסר במלאי",
    "ऑर्डर रद्द कर दिया गया है।",
    "Sipariş iptal edildi: stokta yok ✅ 🚚",
    "cart is empty — nothing to pay for…",
    "temperature 21 °C ± 0.5, humidity ½ of normal",
)


def _prose(rng: Random) -> str:
    return f"{rng.choice(_PROSE)} ({rng.randint(1, 999)})"


def _code(rng: Random) -> str:
    line = rng.randint(2, 400)
    return rng.choice(
        (
            f"TypeError: Cannot read properties of undefined (reading 'id') at pay (app.js:{line}:17)",
            f'Traceback (most recent call last):\n  File "/srv/app/checkout.py", line {line}, in pay\nKeyError: {line}',
            f"at com.example.shop.Checkout.pay(Checkout.java:{line})\n\tat java.lang.Thread.run(Thread.java:840)",
            f"merge 20 of status = 'open' AND total > {line} INTO orders(id, name)",
            f"std::vector<dead::beef>::at({line}): index out of range",
            f"if (a[{line}] != b->size && !(flags & 0x{line:04x})) return -1;",
            f"goroutine {line} [running]: main.(*Server).Serve(0xc000{pick(rng, HEX, 6)}, 0x{line:x})",
            rf"C:\\new\\tools\\bin\\run_{line}.exe",
            f"@Component('user-{line}') class Email<T> extends Base {{}}",
            f"java.lang.Object@{pick(rng, HEX, 8)}",
        )
    )


def _message(rng: Random) -> str:
    return rng.choice(
        (
            *(
                "invalid token: expired",
                "password: must be longer",
                "Bearer token missing",
                "Basic authentication required",
            ),
            *(
                "email is required",
                "gen_ai.usage.input_tokens: 150",
                "cache key: user-profile",
                "logo@2x.png",
                "@media (min-width: 640px)",
            ),
            *("listening on 127.0.0.1:4317", "[::1]:4317", "bound to 0.0.0.0:8080", "git@github.com:example/shop.git"),
            f"retry {rng.randint(1, 5)}/5 in {rng.randint(1, 900)} ms",
            f"HTTP {rng.randint(200, 599)} after {rng.randint(1, 9)} hops",
            f"queue depth {number(rng, 5)}, offset {number(rng, 12)}, partition {rng.randint(0, 64)}",
            f"job {pick(rng, BASE62, 10)} done",
        )
    )


CLEAN: Mapping[str, Callable[[Random], str]] = MappingProxyType(
    {
        "order id": _order_id,
        "trace context": _trace_context,
        "uuid": _uuid,
        "hash": _hash,
        "version": _version,
        "timestamp": _timestamp,
        "duration": _duration,
        "sku": _sku,
        "pod": _pod,
        "digest": _digest,
        "coordinates": _coordinates,
        "etag": _etag,
        "base64 of binary": _binary,
        "encoded text": _encoded_text,
        "path": _path,
        "payload": _payload,
        "prose": _prose,
        "code": _code,
        "message": _message,
        "service id": clean_ids.service_ids,
        "machine id": clean_ids.machine_ids,
        "parcel": clean_ids.parcels,
        "key": clean_ids.keys,
        "address": clean_ids.addresses,
        "about secrets": clean_ids.about_secrets,
        "measure": clean_ids.measures,
    }
)
"""How clean texts are made, by family."""


def clean(rng: Random) -> str:
    """Make a clean text of any family."""
    return CLEAN[rng.choice(tuple(CLEAN))](rng)


def clean_corpus(rng: Random, each: int) -> list[tuple[str, str]]:
    """Make `each` clean texts of every family, as (family, text)."""
    return [(family, make(rng)) for family, make in CLEAN.items() for _ in range(each)]
