import base64
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from service import oidc
from service.failures import ServiceError
from service.oidc import Provider, Somebody, begin, provider, sealed, unsealed
from service.settings import Settings
from tests.idps import CLIENT, SECRET, Idp
from tests.stores import KEYS
from triage.errors import UsageError


@pytest.fixture
def idp() -> Iterator[Idp]:
    with Idp().running() as running:
        yield running


def settings(idp: Idp, **more: Any) -> Settings:
    plain = {"oidc_issuer": idp.issuer, "oidc_client": CLIENT, "oidc_secret": SECRET, "address": "http://triage"}
    return Settings(**{**plain, **more})


def known(idp: Idp, **more: Any) -> Provider:
    found = provider(settings(idp, **more))
    assert found is not None
    return found


def whole(idp: Idp, ours: Provider | None = None) -> Somebody:
    ours, attempt = ours or known(idp), begin("/")
    return ours.finish(attempt, idp.authorize(ours.address(attempt)))


def why(idp: Idp, ours: Provider | None = None) -> tuple[str, object]:
    with pytest.raises(ServiceError) as caught:
        whole(idp, ours)
    return caught.value.code, caught.value.fields["why"]


def test_somebody_is_who_the_token_says(idp: Idp) -> None:
    assert whole(idp) == Somebody(idp.issuer, "u-1", "xiaoli")


def test_the_claim_that_names_an_account_is_a_setting(idp: Idp) -> None:
    idp.spoil = lambda claims: claims.update(employee=" gh001 ")
    assert whole(idp, known(idp, oidc_claim="employee")).name == "gh001"
    idp.spoil = lambda claims: claims.update(employee=7)
    assert whole(idp, known(idp, oidc_claim="employee")).name == ""


SPOILED: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "nonce": (lambda c: c.update(nonce="another"), "InvalidClaimError"),
    "no nonce": (lambda c: c.pop("nonce"), "MissingClaimError"),
    "audience": (lambda c: c.update(aud="another"), "InvalidClaimError"),
    "audiences": (lambda c: c.update(aud=["another", "third"]), "InvalidClaimError"),
    "two audiences, not said for whom": (lambda c: c.update(aud=[CLIENT, "another"]), "azp"),
    "for another": (lambda c: c.update(azp="another"), "azp"),
    "issuer": (lambda c: c.update(iss="http://elsewhere"), "InvalidClaimError"),
    "expired": (lambda c: c.update(exp=int(time.time()) - 61), "ExpiredTokenError"),
    "no end": (lambda c: c.pop("exp"), "MissingClaimError"),
    "from the future": (lambda c: c.update(iat=int(time.time()) + 600), "InvalidClaimError"),
    "no subject": (lambda c: c.pop("sub"), "MissingClaimError"),
    "empty subject": (lambda c: c.update(sub=""), "InvalidClaimError"),
    "long subject": (lambda c: c.update(sub="x" * 256), "sub"),
    "subject that is no text": (lambda c: c.update(sub=7), "InvalidClaimError"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_token_that_does_not_hold_is_refused(idp: Idp, name: str) -> None:
    idp.spoil, reason = SPOILED[name]
    assert why(idp) == ("bad_oidc", reason)


def test_a_token_for_several_that_says_for_whom_holds(idp: Idp) -> None:
    idp.spoil = lambda claims: claims.update(aud=[CLIENT, "another"], azp=CLIENT)
    assert whole(idp).subject == "u-1"


def test_a_token_signed_by_another_key_is_refused(idp: Idp) -> None:
    idp.key = RSAKey.generate_key(2048, {"kid": "one"})
    assert why(idp) == ("bad_oidc", "BadSignatureError")
    idp.key = RSAKey.generate_key(2048, {"kid": "unknown"})
    assert why(idp) == ("bad_oidc", "InvalidKeyIdError")


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_that_anybody_could_have_made_is_refused(idp: Idp, algorithm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole_token = idp.signed("x").split(".")
    header = base64.urlsafe_b64encode(f'{{"alg":"{algorithm}","kid":"one"}}'.encode()).rstrip(b"=").decode()
    monkeypatch.setattr(idp, "signed", lambda nonce: f"{header}.{whole_token[1]}.")
    assert why(idp)[0] == "bad_oidc"
    monkeypatch.setattr(idp, "signed", lambda nonce: "no token")
    assert why(idp)[0] == "bad_oidc"


def test_new_keys_of_the_provider_are_fetched_once_they_are_needed(idp: Idp, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = known(idp)
    whole(idp, ours)
    whole(idp, ours)
    assert idp.asked == 1
    idp.key = ECKey.generate_key("P-256", {"kid": "two"})
    idp.published.append(idp.key.as_dict(private=False))
    assert why(idp, ours)[0] == "bad_oidc"  # asked a moment ago
    monkeypatch.setattr(oidc, "_AGAIN", 0.0)
    assert whole(idp, ours).subject == "u-1"


def test_a_code_is_good_for_who_began_alone(idp: Idp) -> None:
    ours, mine, other = known(idp), begin("/"), begin("/")
    brought = idp.authorize(ours.address(mine))
    for attempt, reason in ((other, "state"), (replace(other, state=mine.state), "code")):
        with pytest.raises(ServiceError) as caught:
            ours.finish(attempt, brought)
        assert caught.value.fields["why"] == reason
    with pytest.raises(ServiceError) as caught:
        ours.finish(mine, brought)  # the provider takes a code once
    assert caught.value.fields["why"] == "code"


def test_what_the_browser_brings_back_is_looked_at(idp: Idp) -> None:
    ours, attempt = known(idp), begin("/")
    for brought, reason in (({}, "state"), ({"state": "é"}, "state"), ({"state": attempt.state, "error": "access_denied"}, "denied"),
                            ({"state": attempt.state, "iss": "http://x", "code": "1"}, "issuer"), ({"state": attempt.state}, "code")):  # fmt: skip
        with pytest.raises(ServiceError) as caught:
            ours.finish(attempt, brought)
        assert (caught.value.code, caught.value.fields["why"]) == ("bad_oidc", reason)


def test_a_wrong_client_secret_opens_nothing(idp: Idp) -> None:
    assert why(idp, known(idp, oidc_secret="wrong")) == ("bad_oidc", "code")


def test_the_secret_comes_from_its_file(idp: Idp, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    assert whole(idp, known(idp, oidc_secret="", oidc_secret_file=tmp_path / "secret")).subject == "u-1"
    with pytest.raises(UsageError, match="TRIAGE_OIDC_SECRET_FILE"):
        known(idp, oidc_secret="", oidc_secret_file=tmp_path / "none")


@pytest.mark.parametrize(
    "about",
    [{"issuer": "http://elsewhere"}, {"token_endpoint": ""}, {"jwks_uri": "http://city.example/keys"}, {"authorization_endpoint": "file:///etc"}],
)
def test_a_provider_that_says_odd_things_of_itself_is_not_used(idp: Idp, about: dict[str, str]) -> None:
    idp.about = about
    assert why(idp)[0] == "no_oidc"


def test_a_provider_that_is_away_is_told(idp: Idp) -> None:
    idp.status = 500
    assert why(idp) == ("no_oidc", "/realms/city/.well-known/openid-configuration answered with status 500")
    idp.status = 404
    assert why(idp)[0] == "no_oidc"
    idp.status, idp.published = 200, [{"kty": "SM2"}]
    assert why(idp)[0] == "no_oidc"
    nobody = provider(Settings(oidc_issuer="http://127.0.0.1:9", oidc_client="c", address="http://triage"))
    assert nobody is not None
    with pytest.raises(ServiceError) as caught:
        nobody.address(begin("/"))
    assert caught.value.code == "no_oidc"


def test_an_attempt_is_sealed_and_ends() -> None:
    attempt = begin("/queue")
    told = sealed(KEYS, attempt)
    assert attempt.verifier not in told and unsealed(KEYS, told) == attempt
    for wrong in ("", "x", "aes:k1.", told[:-8] + "AAAAAAA=", told.replace("aes", "no")):
        with pytest.raises(ServiceError) as caught:
            unsealed(KEYS, wrong)
        assert caught.value.fields["why"] == "attempt"
    with pytest.raises(ServiceError) as caught:
        unsealed(KEYS, sealed(KEYS, replace(attempt, made_at=time.time() - 601)))
    assert caught.value.fields["why"] == "too_late"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"oidc_client": ""}, "TRIAGE_OIDC_CLIENT"), ({"address": ""}, "TRIAGE_ADDRESS"), ({"oidc_issuer": "http://idp.city"}, "without TLS"),
        ({"oidc_issuer": "idp.city"}, "without TLS"), ({"oidc_authorities": "/nowhere.pem"}, "TRIAGE_OIDC_AUTHORITIES"),
    ],
)  # fmt: skip
def test_settings_that_do_not_go_together_are_refused(more: dict[str, str], said: str) -> None:
    plain = {"oidc_issuer": "https://idp.city", "oidc_client": "c", "address": "https://triage.city"}
    with pytest.raises(UsageError, match=said):
        provider(Settings(**{**plain, **more}))  # type: ignore[arg-type]
    assert provider(Settings(**plain)) is not None  # type: ignore[arg-type]
    assert provider(Settings(oidc_issuer="http://idp.city", oidc_client="c", address="http://t", oidc_plain=True)) is not None
    assert provider(Settings()) is None
