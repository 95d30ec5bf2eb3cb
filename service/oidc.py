"""Logins by the house's own identity provider 统一身份认证: OpenID Connect Core 1.0, authorization code with PKCE (RFC 7636).

In: the settings, and what a browser brings back from the provider. Out: who somebody is there, by an ID token whose signature, issuer,
audience, times and nonce hold. Which account that is, ``logins`` decides. Not here: encrypted ID tokens, SM2 signatures, single log-out.
"""

import base64
import hashlib
import json
import secrets
import ssl
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from service.failures import ServiceError, refuse
from service.hosts import is_loopback
from service.keys import Keys
from service.settings import Settings
from triage.errors import UsageError

BACK = "/oidc/back"
"""Where the provider sends browsers back to: ``TRIAGE_ADDRESS`` and this is the redirect URI to register there."""
MINUTES = 10
"""How long somebody may take at the provider."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
_SIGNING = {"RSA", "EC", "OKP"}
_LEEWAY, _PATIENCE, _KEPT, _AGAIN, _SILENT = 60, 5.0, 3600.0, 30.0, 10.0
_PLACE = "oidc"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A login that has begun. The browser keeps it, sealed; ``made_at`` in seconds, ``goes_on``: the page to open afterwards."""

    state: str
    nonce: str
    verifier: str
    goes_on: str
    made_at: float


@dataclass(frozen=True, slots=True)
class Somebody:
    """Who logged in at the provider. ``name``: the claim that names an account, "" where it was not told."""

    issuer: str
    subject: str
    name: str


def begin(goes_on: str) -> Attempt:
    """A fresh attempt."""
    return Attempt(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), goes_on, time.time())


def sealed(keys: Keys, attempt: Attempt) -> str:
    """An attempt as the browser keeps it."""
    key, told = keys.seal(json.dumps(asdict(attempt)).encode(), _PLACE)
    return f"{key}.{base64.urlsafe_b64encode(told).decode()}"


def unsealed(keys: Keys, told: str) -> Attempt:
    """The attempt that a browser kept. Raises ``bad_oidc`` for none, one that was changed, or one that is too old."""
    key, _, words = told.partition(".")
    try:
        attempt = Attempt(**json.loads(keys.unseal(key, base64.urlsafe_b64decode(words.encode()), _PLACE)))
    except (UsageError, ValueError, TypeError):
        raise _bad("attempt", "this browser began no login, or its cookie was lost") from None
    if attempt.made_at < time.time() - MINUTES * 60:
        raise _bad("too_late", f"the login took longer than {MINUTES} minutes")
    return attempt


class Provider:
    """An identity provider. What it says of itself and its keys are fetched when first needed and kept for an hour."""

    def __init__(self, settings: Settings, secret: str) -> None:
        self._settings, self._secret = settings, secret
        self._issuer = settings.oidc_issuer.rstrip("/")
        self._back = settings.address.rstrip("/") + BACK
        self._about: tuple[float, Mapping[str, Any]] = (0.0, {})
        self._keys: tuple[float, KeySet | None] = (0.0, None)
        self._silent_until = 0.0
        authorities = settings.oidc_authorities
        self._trust = ssl.create_default_context(cafile=str(authorities) if authorities else None)

    @property
    def issuer(self) -> str:
        """Its name, as bindings keep it."""
        return self._issuer

    def address(self, attempt: Attempt) -> str:
        """Where to send the browser. Raises ``no_oidc``."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code", "client_id": self._settings.oidc_client, "redirect_uri": self._back, "scope": self._settings.oidc_scope,
            "state": attempt.state, "nonce": attempt.nonce, "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        place = self._place("authorization_endpoint")
        return f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}"

    def finish(self, attempt: Attempt, answer: Mapping[str, str]) -> Somebody:
        """Who came back: ``answer`` is the query that the browser brought. Raises ``bad_oidc`` or ``no_oidc``."""
        if not secrets.compare_digest(answer.get("state", "").encode("utf-8", "replace"), attempt.state.encode()):
            raise _bad("state", "the answer belongs to another login")
        if "error" in answer:
            raise _bad("denied", "the identity provider refused the login")
        if answer.get("iss", self._issuer).rstrip("/") != self._issuer:  # RFC 9207
            raise _bad("issuer", "the answer is of another identity provider")
        claims = self._proven(self._redeem(answer.get("code", ""), attempt.verifier), attempt.nonce)
        name = claims.get(self._settings.oidc_claim)
        return Somebody(self._issuer, claims["sub"], name.strip()[:200] if isinstance(name, str) else "")

    def _redeem(self, code: str, verifier: str) -> str:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._back, "code_verifier": verifier}
        client, methods = self._settings.oidc_client, self._metadata().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        basic = (client, self._secret) if self._secret and "client_secret_basic" in methods else None
        if basic is None:
            form |= {"client_id": client, **({"client_secret": self._secret} if self._secret else {})}
        told = self._fetch("POST", self._place("token_endpoint"), data=form, auth=basic)
        if not isinstance(told.get("id_token"), str):
            raise _bad("code", "the identity provider gave no ID token for the code")
        return str(told["id_token"])

    def _proven(self, token: str, nonce: str) -> dict[str, Any]:
        """The claims of an ID token, all of which hold (OpenID Connect Core 3.1.3.7)."""
        client = self._settings.oidc_client
        rules = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY, iss={"essential": True, "value": self._metadata()["issuer"]}, aud={"essential": True, "value": client},
            exp={"essential": True}, iat={"essential": True}, sub={"essential": True}, nonce={"essential": True, "value": nonce},
        )  # fmt: skip
        try:
            claims = self._read(token)
            rules.validate(claims)
        except (JoseError, ValueError) as error:
            raise _bad(type(error).__name__, f"the ID token does not hold ({getattr(error, 'description', '') or type(error).__name__})") from None
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", "" if several else client) != client:
            raise _bad("azp", "the ID token was made out to another application")
        if len(claims["sub"]) > 255:
            raise _bad("sub", "the subject is longer than 255 characters")
        return claims

    def _read(self, token: str) -> dict[str, Any]:
        try:
            return dict(jwt.decode(token, self._key_set(_KEPT), algorithms=ALGORITHMS).claims)
        except (InvalidKeyIdError, BadSignatureError):  # the provider may have changed its keys
            return dict(jwt.decode(token, self._key_set(_AGAIN), algorithms=ALGORITHMS).claims)

    def _key_set(self, oldest: float) -> KeySet:
        fetched, keys = self._keys
        if keys is None or fetched < time.monotonic() - oldest:
            told = self._fetch("GET", self._place("jwks_uri")).get("keys") or []
            usable = [each for each in told if isinstance(each, dict) and each.get("kty") in _SIGNING and each.get("use", "sig") == "sig"]
            try:
                keys = KeySet.import_key_set({"keys": usable})
            except (JoseError, ValueError, KeyError, TypeError):
                raise _away("its keys cannot be read") from None
            self._keys = (time.monotonic(), keys)
        return keys

    def _metadata(self) -> Mapping[str, Any]:
        fetched, found = self._about
        if not found or fetched < time.monotonic() - _KEPT:
            found = self._fetch("GET", f"{self._issuer}/.well-known/openid-configuration")
            if str(found.get("issuer", "")).rstrip("/") != self._issuer:
                raise _away("it calls itself otherwise than TRIAGE_OIDC_ISSUER")
            self._about = (time.monotonic(), found)
        return found

    def _place(self, name: str) -> str:
        place = str(self._metadata().get(name, ""))
        if not is_safe(place, self._settings.oidc_plain):
            raise _away(f"its {name} is no address with TLS")
        return place

    def _fetch(self, method: str, place: str, **more: Any) -> Mapping[str, Any]:
        if time.monotonic() < self._silent_until:  # so that a provider that hangs holds up one caller, not every thread
            raise _away("it did not answer a moment ago")
        try:
            # No proxy of the environment: the provider is inside the intranet.
            with httpx.Client(verify=self._trust, timeout=_PATIENCE, trust_env=False) as client:
                answer = client.request(method, place, headers={"accept": "application/json"}, **more)
            told = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            self._silent_until = time.monotonic() + _SILENT
            raise _away(type(error).__name__) from None
        if answer.status_code >= 500 or not isinstance(told, dict) or (method == "GET" and answer.status_code >= 400):
            raise _away(f"{urlsplit(place).path} answered with status {answer.status_code}")
        if answer.status_code >= 400:
            raise _bad("code", f"the identity provider refused the code with status {answer.status_code}")
        return told


def provider(settings: Settings) -> Provider | None:
    """The provider that the settings name; None where they name none. Raises UsageError ``bad_setting`` for what is missing or wrong."""
    if not settings.oidc_issuer:
        return None
    for name, told in (("TRIAGE_OIDC_CLIENT", settings.oidc_client), ("TRIAGE_ADDRESS", settings.address)):
        if not told:
            raise UsageError(f"TRIAGE_OIDC_ISSUER is set, and {name} is not. Set it too, or unset the issuer.", "bad_setting")
    if not is_safe(settings.oidc_issuer, settings.oidc_plain):
        words = "an identity provider without TLS lets whoever sits on the line log in as anybody. Use https, or set TRIAGE_OIDC_PLAIN=true"
        raise UsageError(f"TRIAGE_OIDC_ISSUER={settings.oidc_issuer}: {words}.", "bad_setting")
    try:
        return Provider(settings, _secret(settings))
    except (ssl.SSLError, OSError) as error:
        raise UsageError(f"TRIAGE_OIDC_AUTHORITIES={settings.oidc_authorities}: cannot be read ({error}). Name a PEM file.", "bad_setting") from None


def is_safe(place: str, plain: bool) -> bool:
    """Whether an address is one with TLS, or of this very machine, or ``plain`` allows what is none."""
    parts = urlsplit(place)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    return parts.scheme == "https" or plain or is_loopback(parts.hostname)


def _secret(settings: Settings) -> str:
    told = settings.oidc_secret.get_secret_value()
    if told or settings.oidc_secret_file is None:
        return told
    try:
        return settings.oidc_secret_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"TRIAGE_OIDC_SECRET_FILE={settings.oidc_secret_file}: cannot be read ({error}).", "bad_setting") from None


def _bad(why: str, words: str) -> ServiceError:
    return refuse("bad_oidc", f"{words}. Log in again; if it stays so, ask the system administrator.", why=why)


def _away(why: str) -> ServiceError:
    return refuse("no_oidc", f"the identity provider cannot be used: {why}. Try again, or log in with name and password.", why=why)
