"""Made-up credentials: tokens, private keys, and passwords in the texts that carry them."""

import base64
import json
import string
from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType

from otel_lift.synthetic.digits import BASE62, HEX, LOWER, grouped, number, pick
from otel_lift.synthetic.model import Personal

__all__ = [
    "PROVIDERS",
    "basic",
    "bearer",
    "cookie",
    "json_password",
    "jwt",
    "key_value_password",
    "private_key",
    "query_secret",
    "url_password",
]

_URL_SAFE = BASE62 + "-_"
_CAPITALS = string.ascii_uppercase + string.digits
_BASE32 = string.ascii_uppercase + "234567"
_BASE64 = BASE62 + "+/"


def _url_safe(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def jwt(rng: Random) -> Personal:
    """Make a JSON web token (RFC 7519) with random claims and signature."""
    header = {"alg": rng.choice(("HS256", "ES256", "RS256")), "typ": "JWT"}
    claims = {"sub": pick(rng, BASE62, 12), "iss": "https://id.example", "exp": rng.randint(10**9, 2 * 10**9)}
    payload = _url_safe(json.dumps(claims, separators=(",", ":")).encode())
    text = f"{_url_safe(json.dumps(header, separators=(',', ':')).encode())}.{payload}.{_url_safe(rng.randbytes(32))}"
    return Personal(text, payload)


def bearer(rng: Random) -> Personal:
    """Make an Authorization value with a bearer token (RFC 6750)."""
    token = pick(rng, BASE62, rng.randint(20, 48))
    return Personal(f"{rng.choice(('Bearer', 'bearer', 'Authorization: Bearer'))} {token}", token)


def basic(rng: Random) -> Personal:
    """Make an Authorization value with a name and a password (RFC 7617)."""
    pair = f"{pick(rng, LOWER, rng.randint(4, 9))}:{_password(rng)}"
    encoded = base64.b64encode(pair.encode()).decode()
    return Personal(f"{rng.choice(('Basic', 'basic', 'Authorization: Basic'))} {encoded}", encoded.rstrip("="))


def private_key(rng: Random) -> Personal:
    """Make a private key in PEM (RFC 7468) whose content is random."""
    label = rng.choice(("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"))
    body = pick(rng, _BASE64, 64 * rng.randint(2, 5))
    lines = grouped(body, (64,), "\n")
    return Personal(f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----", body)


def _password(rng: Random) -> str:
    return pick(rng, BASE62, rng.randint(4, 8)) + rng.choice("!*~-_.") + number(rng, 2) + pick(rng, LOWER, 3)


def url_password(rng: Random) -> Personal:
    """Make a connection's address with a password in it."""
    scheme, port = rng.choice(
        (("postgresql", 5432), ("amqps", 5671), ("redis", 6379), ("https", 443), ("mongodb", 27017))
    )
    secret = _password(rng)
    user = rng.choice(("shop", "svc-orders", "admin", ""))
    return Personal(f"{scheme}://{user}:{secret}@db.example:{port}/orders", secret)


def query_secret(rng: Random) -> Personal:
    """Make a web address with a secret among its parameters."""
    secret = pick(rng, BASE62, rng.randint(12, 40))
    name = rng.choice(
        ("token", "access_token", "api_key", "password", "client_secret", "X-Amz-Signature", "refresh_token")
    )
    text = f"https://shop.example/reset?lang=de&{name}={secret}&page=3"
    return Personal(rng.choice((text, f"/reset?{name}={secret}", f"GET /v1/items?{name}={secret} HTTP/1.1")), secret)


def json_password(rng: Random) -> Personal:
    """Make a JSON object with a password."""
    secret = _password(rng)
    name = rng.choice(("password", "passwd", "client_secret", "apiKey", "access_token", "userPassword"))
    made = {"login": "shop", name: secret, "remember": True}
    text = json.dumps(made, separators=rng.choice(((",", ":"), (", ", ": "))))
    if rng.random() < 0.2:
        text = repr(made)  # as Python's own log lines have it
    return Personal(text, secret)


def key_value_password(rng: Random) -> Personal:
    """Make text of names and values, one of which is a password."""
    secret = _password(rng)
    name = rng.choice(("password", "PASSWORD", "db_password", "pwd", "DB_PASSWORD", "secret", "api_key"))
    texts = (
        *(f"user=shop {name}={secret} timeout=3", f"{name}={secret}", f"{name}: {secret}", f"{name} = '{secret}'"),
        *(
            f"export {name}={secret}",
            f"mysql -u shop --{name}={secret} -h db",
            f"mysql -u shop --{name} {secret} -h db",
        ),
        *(f"Server=db;Database=orders;User Id=shop;Password={secret};Encrypt=true", f"<{name}>{secret}</{name}>"),
        *(f"X-Api-Key: {secret}", f"CREATE USER shop IDENTIFIED BY '{secret}'", f"{name} => {secret}"),
    )
    return Personal(rng.choice(texts), secret)


def cookie(rng: Random) -> Personal:
    """Make a header with a session in a cookie."""
    secret = pick(rng, HEX, 32)
    return Personal(
        rng.choice((f"Cookie: theme=dark; sid={secret}", f"Set-Cookie: session={secret}; HttpOnly")), secret
    )


# first part (put together here, so that nobody's scanner takes this file for a leak), alphabet, length of the rest
_PREFIXED: Mapping[str, tuple[tuple[str, str, int], ...]] = {
    "aws_access_key": (("AK" + "IA", _BASE32, 16), ("AS" + "IA", _BASE32, 16)),
    "gcp_api_key": (("AI" + "zaSy", _URL_SAFE, 33),),
    "gcp_oauth_token": (("ya" + "29.", _URL_SAFE, 60), ("GOC" + "SPX-", _URL_SAFE, 28)),
    "github_token": (("gh" + "p_", BASE62, 36), ("gh" + "o_", BASE62, 36), ("github_" + "pat_", BASE62, 82)),
    "gitlab_token": (("gl" + "pat-", _URL_SAFE, 20),),
    "stripe_key": (("sk_" + "live_", BASE62, 24), ("rk_" + "live_", BASE62, 24), ("wh" + "sec_", BASE62, 32)),
    "openai_key": (("sk-" + "proj-", _URL_SAFE, 64), ("sk-" + "svcacct-", _URL_SAFE, 64), ("sk-", BASE62, 48)),
    "anthropic_key": (("sk-" + "ant-api03-", _URL_SAFE, 93),),
    "hugging_face_token": (("h" + "f_", BASE62[:52], 34),),
    "npm_token": (("np" + "m_", BASE62, 36),),
    "digitalocean_token": (("do" + "p_v1_", HEX, 64),),
    "databricks_token": (("da" + "pi", HEX, 32),),
    "shopify_token": (("sh" + "pat_", HEX, 32),),
    "pypi_token": (("py" + "pi-AgEIcHlwaS5vcmc", _URL_SAFE, 70),),
    "google_refresh_token": (("1" + "//0", _URL_SAFE, 60),),
}


def _prefixed(choices: tuple[tuple[str, str, int], ...]) -> Callable[[Random], Personal]:
    def make(rng: Random) -> Personal:
        prefix, alphabet, length = rng.choice(choices)
        # neither starts nor ends with a sign, which a sentence's own would touch
        rest = pick(rng, BASE62 if alphabet == _URL_SAFE else alphabet, 2)
        rest += pick(rng, alphabet, length - 4) + pick(rng, BASE62 if alphabet == _URL_SAFE else alphabet, 2)
        return Personal(prefix + rest, rest)

    return make


def _aws_secret(rng: Random) -> Personal:
    secret = pick(rng, _BASE64, 40)
    return Personal(f"{rng.choice(('aws_secret_access_key', 'AWS_SECRET_ACCESS_KEY'))}={secret}", secret)


def _azure(rng: Random) -> Personal:
    secret = pick(rng, _BASE64, 86)
    text = f"DefaultEndpointsProtocol=https;AccountName=shop;AccountKey={secret}==;EndpointSuffix=core.windows.net"
    return Personal(text, secret)


def _azure_sas(rng: Random) -> Personal:
    secret = pick(rng, BASE62, 43)
    return Personal(f"https://shop.blob.core.windows.net/in?sv=2024-11-04&sp=r&sig={secret}%3D", secret)


def _slack(rng: Random) -> Personal:
    rest = f"{number(rng, 12)}-{number(rng, 12)}-{pick(rng, BASE62, 24)}"
    if rng.random() < 0.3:
        rest = f"T{pick(rng, _CAPITALS, 8)}/B{pick(rng, _CAPITALS, 8)}/{pick(rng, BASE62, 24)}"
        return Personal(f"https://hooks.slack.com/services/{rest}", rest)
    return Personal(f"{rng.choice(('xox' + 'b-', 'xox' + 'p-'))}{rest}", rest)


def _sendgrid(rng: Random) -> Personal:
    rest = f"{pick(rng, BASE62, 22)}.{pick(rng, BASE62, 43)}"
    return Personal("SG" + f".{rest}", rest)


def _twilio(rng: Random) -> Personal:
    rest = pick(rng, HEX, 32)
    return Personal("S" + f"K{rest}", rest)


def _mailgun(rng: Random) -> Personal:
    rest = f"{pick(rng, HEX, 32)}-{pick(rng, HEX, 8)}-{pick(rng, HEX, 8)}"
    return Personal("ke" + f"y-{rest}", rest)


PROVIDERS: Mapping[str, Callable[[Random], Personal]] = MappingProxyType(
    {name: _prefixed(choices) for name, choices in _PREFIXED.items()}
    | {
        "aws_secret_key": _aws_secret,
        "azure_account_key": _azure,
        "azure_sas": _azure_sas,
        "slack_token": _slack,
        "sendgrid_key": _sendgrid,
        "twilio_key": _twilio,
        "mailgun_key": _mailgun,
    }
)
"""How a provider's key is made, by the provider's name."""
