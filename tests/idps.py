"""A small identity provider on this machine: discovery, keys, codes with PKCE, and ID tokens that are really signed."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT, SECRET = "triage-desk", "a secret: with %signs"


class Idp:
    """Logs in whoever ``sub`` and ``name`` say. Tests spoil ``spoil`` (the claims), ``key`` (what signs), ``status`` and ``about``."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.sub, self.name = "u-1", "xiaoli"
        self.key: RSAKey | ECKey = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.published = [self.key.as_dict(private=False), {"kty": "SM2", "kid": "strange"}]
        self.spoil: Callable[[dict[str, Any]], object] = lambda claims: None
        self.header: dict[str, Any] = {}
        self.status, self.asked = 200, 0
        self.about: dict[str, Any] = {}
        self._codes: dict[str, dict[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://{host}:{self._server.server_port}/realms/city"

    def authorize(self, address: str) -> dict[str, str]:
        """What a browser brings back that was sent to ``address``, once somebody logged in there."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert asked["response_type"] == "code" and asked["client_id"] == CLIENT and "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(8)
        self._codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    def token(self, code: str, form: dict[str, str], auth: str) -> tuple[int, dict[str, Any]]:
        asked = self._codes.pop(code, None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if asked is None or auth != f"Basic {basic}" or form.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        if asked["code_challenge_method"] != "S256" or challenge != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"token_type": "Bearer", "access_token": "x", "id_token": self.signed(asked["nonce"])}

    def signed(self, nonce: str) -> str:
        moment = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": self.sub,
            "preferred_username": self.name,
            "nonce": nonce,
            "iat": moment,
            "exp": moment + 300,
        }
        self.spoil(claims)
        algorithm = "RS256" if isinstance(self.key, RSAKey) else "ES256"
        return jwt.encode({"alg": algorithm, "kid": self.key.kid, **self.header}, claims, self.key)

    def _answer(self, path: str) -> dict[str, Any]:
        if path.endswith("/.well-known/openid-configuration"):
            places = {"authorization_endpoint": "/auth", "token_endpoint": "/token", "jwks_uri": "/keys"}
            return {"issuer": self.issuer, **{name: self.issuer + place for name, place in places.items()}, **self.about}
        self.asked += 1
        return {"keys": self.published}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        idp = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if urlsplit(self.path).path.endswith("/auth"):  # a browser: its owner is logged in already
                    asked = parse_qs(urlsplit(self.path).query)
                    self.send_response(302)
                    self.send_header("location", f"{asked['redirect_uri'][0]}?{urlencode(idp.authorize(self.path))}")
                    self.end_headers()
                    return
                self._send(idp.status, idp._answer(self.path))

            def do_POST(self) -> None:
                form = dict(parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode()))
                self._send(*idp.token(form.get("code", ""), form, self.headers.get("authorization", "")))

            def _send(self, status: int, told: dict[str, Any]) -> None:
                body = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        return Handler

    @contextmanager
    def running(self) -> Iterator["Idp"]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join(10)
