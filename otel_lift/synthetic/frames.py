"""The texts in which people embed things: log lines, stack traces, addresses, statements, payloads, headers."""

import json
from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType

from otel_lift.synthetic.digits import HEX, LOWER, number, pick

__all__ = ["FRAMES", "INNER"]

Frame = Callable[[Random, str], str]


def _log_line(rng: Random, text: str) -> str:
    level = rng.choice(("INFO", "WARN", "ERROR", "DEBUG"))
    seconds = f"{rng.randint(10, 59)}.{number(rng, 3)}"
    said = rng.choice(("rejected for {}", "lookup of {} failed", "sent to {} after 3 tries", "value {} is not allowed"))
    return f"2026-03-{rng.randint(10, 28)}T10:07:{seconds}Z {level} shop.orders - {said}".format(text)


def _key_value(rng: Random, text: str) -> str:
    return (
        f'ts={rng.randint(10**9, 2 * 10**9)} event="{pick(rng, LOWER, 6)}" value="{text}" took={rng.randint(1, 99)}ms'
    )


def _python_trace(rng: Random, text: str) -> str:
    return (
        "Traceback (most recent call last):\n"
        f'  File "/srv/app/orders/{pick(rng, LOWER, 6)}.py", line {rng.randint(1, 400)}, in place\n'
        f"    raise ValueError(value)\nValueError: cannot read {text}\n"
    )


def _java_trace(rng: Random, text: str) -> str:
    return (
        f"java.lang.IllegalArgumentException: bad value: {text}\n"
        f"\tat com.shop.orders.Checkout.pay(Checkout.java:{rng.randint(10, 400)})\n"
        f"\tat com.shop.web.Servlet.service(Servlet.java:{rng.randint(10, 400)})"
    )


def _statement(rng: Random, text: str) -> str:
    quoted = text.replace("'", "''")
    statement = "SELECT id, total FROM orders WHERE customer = '{}' AND status = 'open' LIMIT {}"
    return statement.format(quoted, rng.randint(1, 99))


def _payload(rng: Random, text: str) -> str:
    order = {"order": rng.randint(10**6, 10**7), "items": [{"sku": f"SKU-{number(rng, 5)}", "count": 2}]}
    return json.dumps({**order, "remark": text}, ensure_ascii=False)


def _header(rng: Random, text: str) -> str:
    return f"x-request-id: {pick(rng, HEX, 32)}; x-forwarded-by: edge-{rng.randint(1, 9)}; x-customer: {text}"


def _markup(rng: Random, text: str) -> str:
    return f'<order id="{rng.randint(1, 9999)}"><remark>{text}</remark></order>'


def _path(rng: Random, text: str) -> str:
    return f"GET /api/v{rng.randint(1, 3)}/lookup?page={rng.randint(1, 9)}&q={text}&sort=asc HTTP/1.1"


FRAMES: Mapping[str, Frame] = MappingProxyType(
    {
        "alone": lambda _, text: text,
        "sentence": lambda _, text: f"seen {text} there",
        "parentheses": lambda _, text: f"no such customer ({text}).",
        "log line": _log_line,
        "key=value": _key_value,
        "python trace": _python_trace,
        "java trace": _java_trace,
        "statement": _statement,
        "json payload": _payload,
        "header": _header,
        "markup": _markup,
        "request": _path,
    }
)
"""How a text is embedded, by name."""

INNER: tuple[Frame, ...] = (
    lambda _, text: text,
    lambda _, text: text,
    lambda _, text: f"contact {text} please",
    lambda _, text: json.dumps({"who": text}, ensure_ascii=False),
    lambda rng, text: f"id={rng.randint(100, 999)};value={text};ok",
)
"""What may stand around a text before all of it is written in another form."""
