"""Sign-in: only what the issuer signed for this audience, in its time, is believed, and no refusal says why."""

import asyncio
import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator

import httpx
import jwt
import pytest
import websockets
from api_support import AUDIENCE, ISSUER, Issuer, Tenants
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from otel_lift.api.auth import Tokens
from otel_lift.api.config import AuthConfig
from otel_lift.api.errors import ApiError
from otel_lift.api.keys import IssuerKeys
from otel_lift.queries import Role

pytest_plugins = ["api_fixtures"]


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _unsigned(issuer: Issuer) -> str:
    _, claims, _ = issuer.token("admin").split(".")
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{claims}."


def _by_public_key(issuer: Issuer) -> str:
    # The library itself refuses to sign so, which an attacker's would not.
    secret = issuer.keys["one"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    _, claims, _ = issuer.token("admin").split(".")
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT', 'kid': 'one'})}.{claims}"
    digest = hmac.digest(secret, signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def _tampered(issuer: Issuer) -> str:
    head, _, signature = issuer.token("viewer").split(".")
    _, claims, _ = issuer.token("admin").split(".")
    return f"{head}.{claims}.{signature}"


def _by_another_key(issuer: Issuer, kid: str) -> str:
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "x", "exp": time.time() + 60, "roles": ["admin"], "tenant": "acme"}
    return jwt.encode(claims, ec.generate_private_key(ec.SECP256R1()), "ES256", headers={"kid": kid})


_FORGERIES: dict[str, Callable[[Issuer], str]] = {
    "nothing": lambda _: "",
    "no token": lambda _: "letmein",
    "alg none": _unsigned,
    "a shared secret": _by_public_key,
    "other claims": _tampered,
    "another key": lambda _: _by_another_key(_, "one"),
    "an unknown key": lambda _: _by_another_key(_, "two"),
    "another audience": lambda issuer: issuer.token("admin", aud="another"),
    "another issuer": lambda issuer: issuer.token("admin", iss="https://another.example"),
    "expired": lambda issuer: issuer.token("admin", exp=time.time() - 3600),
    "not yet valid": lambda issuer: issuer.token("admin", nbf=time.time() + 3600),
    "no end": lambda issuer: issuer.token("admin", exp=None),
    "no audience": lambda issuer: issuer.token("admin", aud=None),
    "nobody": lambda issuer: issuer.token("admin", sub=None),
    "too long": lambda issuer: issuer.token("admin", more="x" * 10_000),
    "end at no time": lambda issuer: issuer.token("admin", exp=float("inf")),
}


@pytest.mark.parametrize("name", _FORGERIES)
def test_every_bad_token_has_the_same_refusal(two_tenants: Tenants, name: str) -> None:
    """Whatever is wrong with a token, the answer is the 401 of one who sends none."""
    token = _FORGERIES[name](two_tenants.issuer)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    for path in ("me", "queries/failures-by-event", "realtime/stream", "openapi.json"):
        answer = httpx.get(f"{two_tenants.base}/api/v1/{path}", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["error"]["code"] == "unauthorized"
        assert answer.text == httpx.get(f"{two_tenants.base}/api/v1/me").text


def test_health_is_all_that_needs_no_token(two_tenants: Tenants) -> None:
    """Health answers anybody; every other path of the schema refuses who does not sign in."""
    assert httpx.get(f"{two_tenants.base}/api/v1/health").json()["data"] == {"health": "ok"}
    with two_tenants.client("viewer") as client:
        operations = [
            (method, path)
            for path, methods in client.get("openapi.json").json()["paths"].items()
            for method in methods
            if path != "/api/v1/health"
        ]
    assert len(operations) > 100
    with httpx.Client(base_url=two_tenants.base) as nobody:
        refused = [nobody.request(method, path).status_code for method, path in operations]
    assert set(refused) == {401}


@pytest.mark.parametrize(("path", "others"), [("/api/v1/../v1/me", False), ("/API/v1/me", True), ("//api/v1/me", True)])
def test_other_spellings_of_a_path_lead_nowhere(two_tenants: Tenants, path: str, others: bool) -> None:
    """A path that is written in another way is refused or not found, never answered."""
    assert httpx.get(httpx.URL(two_tenants.base).copy_with(raw_path=path.encode())).status_code == (
        404 if others else 401
    )


def test_a_websocket_needs_a_token(two_tenants: Tenants) -> None:
    """A WebSocket is refused without a token, and taken with one as a header or as a subprotocol."""
    url = f"{two_tenants.base.replace('http', 'ws')}/api/v1/realtime/metrics"
    token = two_tenants.issuer.token("viewer")

    async def first(**options: object) -> dict[str, object]:
        async with websockets.connect(url, **options) as socket:  # type: ignore[arg-type]
            message: dict[str, object] = json.loads(await asyncio.wait_for(socket.recv(), 30))
            return message

    for protocols in (None, ["lift", "lift.bearer.x"]):
        with pytest.raises(websockets.InvalidStatus):
            asyncio.run(first(subprotocols=protocols))
    assert asyncio.run(first(additional_headers={"Authorization": f"Bearer {token}"}))["type"] == "metrics"
    assert asyncio.run(first(subprotocols=["lift", f"lift.bearer.{token}"]))["type"] == "metrics"
    with pytest.raises(websockets.InvalidStatus):
        asyncio.run(first(subprotocols=["lift", f"lift.bearer.{token}"], origin="https://evil.example"))


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """Answer an issuer of its own."""
    made = Issuer()
    yield made
    made.close()


def test_new_keys_are_found_and_withdrawn_ones_are_not_believed(issuer: Issuer) -> None:
    """A key that the issuer adds is believed at once, one that it withdraws no longer after some minutes."""
    now = [0.0]
    tokens = Tokens(_auth(issuer), clock=lambda: now[0])
    asyncio.run(tokens.caller(issuer.token("viewer")))
    issuer.add("two")
    now[0] += 15
    assert asyncio.run(tokens.caller(issuer.token("viewer", key="two", user="x"))).user == "x"
    issuer.published.remove("one")
    now[0] += 600
    with pytest.raises(ApiError):
        asyncio.run(tokens.caller(issuer.token("viewer")))
    asyncio.run(tokens.caller(issuer.token("viewer", key="two")))


def test_unknown_keys_do_not_have_the_issuer_asked_each_time(issuer: Issuer) -> None:
    """However many tokens name unknown keys, the issuer is asked once in a few seconds."""
    keys = IssuerKeys(_auth(issuer), lambda: 5.0)
    assert [keys.find(f"made up {number}") for number in range(50)] == [None] * 50
    assert issuer.fetched == 1
    assert keys.find("one") is not None


def test_keys_of_a_file_are_as_good(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A file of keys stands for the URL; a key that is for encryption, or a secret one, is not used."""
    file = tmp_path_factory.mktemp("keys") / "jwks.json"
    secret = {"kty": "oct", "k": "c2VjcmV0", "kid": "secret", "alg": "HS256"}
    (public,) = issuer.jwks()["keys"]
    file.write_text(json.dumps({"keys": [secret, {**public, "kid": "other", "use": "enc"}, public]}))
    tokens = Tokens(AuthConfig(issuer=ISSUER, audience=AUDIENCE, jwks_file=file))
    assert asyncio.run(tokens.caller(issuer.token("on-call", "stranger"))).roles == {Role.ON_CALL}
    keys = IssuerKeys(AuthConfig(issuer=ISSUER, audience=AUDIENCE, jwks_file=file))
    assert keys.find("other") is None
    assert keys.find("secret") is None


def test_roles_and_tenant_can_stand_deep_in_a_token(issuer: Issuer) -> None:
    """A dotted claim leads into objects; roles may be one text with blanks between them."""
    claims = {"roles": "realm_access.roles", "tenant": "https://lift.example/tenant"}
    tokens = Tokens(AuthConfig.model_validate({**_auth(issuer).model_dump(), "claims": claims}))
    token = issuer.token(realm_access={"roles": "viewer analyst"}, **{"https://lift.example/tenant": "birch"})
    caller = asyncio.run(tokens.caller(token))
    assert (caller.roles, caller.tenant) == (frozenset({Role.VIEWER, Role.ANALYST}), "birch")


def _auth(issuer: Issuer) -> AuthConfig:
    return AuthConfig(issuer=ISSUER, audience=AUDIENCE, jwks_url=issuer.url)
