"""Whatever the description allows is answered as it says; whatever it forbids is refused, and nothing ends in a 5xx."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from schemathesis.specs.openapi.schemas import OpenApiSchema

from service import (
    http_accounts,
    http_alerts,
    http_analysis,
    http_automation,
    http_desk,
    http_feedback,
    http_findings,
    http_imports,
    http_info,
    http_jobs,
    http_private,
    http_reports,
    http_requests,
    http_tag_marks,
    http_tags,
    http_topics,
    http_versions,
    rights,
    tokens,
)
from service.app import create_app
from service.database import Database
from service.settings import Settings
from service.tables import tokens as machines
from tests.stores import make, write_keys
from triage import Engine

SUGGESTIONS = "/api/v1/suggestions"
PUBLIC = ("/api/v1/login", "/api/v1/setup", "/api/v1/invitations", "/api/v1/password")


@pytest.fixture(scope="module")
def described(toy_engine: Engine) -> OpenApiSchema:
    return schemathesis.openapi.from_asgi("/openapi.json", create_app(Settings(hosts="*"), load=lambda _: toy_engine))


@pytest.fixture(scope="module")
def desk(toy_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[OpenApiSchema, str]]:
    """A desk with some requests, and the token of somebody who may do everything: what the description promises holds for every role."""
    folder = tmp_path_factory.mktemp("contract")
    store = Database(f"sqlite:///{folder / 'triage.db'}")
    store.migrate()
    whole = frozenset().union(*rights.RIGHTS.values())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rights, "RIGHTS", {**rights.RIGHTS, rights.PLATFORM: whole})
        for _ in range(3):
            make(store)
        write_keys(folder / "keys.txt")
        with store.write() as connection:
            _, secret = tokens.create(connection, "contract", rights.PLATFORM, "", 30)
            # The tests end tokens, too: theirs is out of their reach.
            connection.execute(machines.update().values(id=10**12))
        store.close()
        yield schemathesis.openapi.from_asgi("/openapi.json", create_app(Settings(data=folder, hosts="*"), load=lambda _: toy_engine)), secret


def test_the_description_covers_every_address(described: OpenApiSchema) -> None:
    assert {SUGGESTIONS, "/healthz", "/readyz", "/metrics"} <= set(described)
    assert set(described) == {"/metrics", "/healthz", "/readyz", *(path for path in described if path.startswith("/api/v1/"))}


MODULES = (
    http_accounts,
    http_alerts,
    http_analysis,
    http_automation,
    http_desk,
    http_feedback,
    http_findings,
    http_imports,
    http_info,
    http_jobs,
    http_private,
    http_reports,
    http_requests,
    http_topics,
    http_tag_marks,
    http_tags,
    http_versions,
)
OPERATIONS = sorted(
    (route.path, method.lower()) for module in MODULES for route in module.router.routes if isinstance(route, APIRoute) for method in route.methods
)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_call_of_the_desk_keeps_its_description(desk: tuple[OpenApiSchema, str], path: str, method: str) -> None:
    schema, secret = desk
    operation = schema[path][method]
    # A file may be any bytes: there is nothing that its description forbids.
    asked = any("json" in each.media_type for each in operation.body) or any(
        each.location in ("path", "query") for each in operation.iter_parameters()
    )
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE) if asked else (GenerationMode.POSITIVE,):

        @given(operation.as_strategy(generation_mode=mode))
        @settings(max_examples=8, suppress_health_check=list(HealthCheck))
        def kept(case: schemathesis.Case[Any]) -> None:
            # What has the described form may still name a code, a version or a state that is not there.
            answer = case.call_and_validate(headers={"authorization": f"Bearer {secret}"}, excluded_checks=[positive_data_acceptance])
            assert path in PUBLIC or answer.status_code != 401

        kept()


def test_bodies_of_the_described_form_are_read(described: OpenApiSchema) -> None:
    @given(described[SUGGESTIONS]["post"].as_strategy(generation_mode=GenerationMode.POSITIVE))
    @settings(max_examples=40)
    def kept(case: schemathesis.Case[Any]) -> None:
        # A text may still say nothing that can be read; its form, however, must not be at fault.
        answer = case.call_and_validate(excluded_checks=[positive_data_acceptance])
        assert answer.status_code == 200 or answer.json()["error"]["code"] not in {"bad_body", "bad_request"}

    kept()


def test_bodies_of_any_other_form_are_refused_as_described(described: OpenApiSchema) -> None:
    @given(described[SUGGESTIONS]["post"].as_strategy(generation_mode=GenerationMode.NEGATIVE))
    @settings(max_examples=40)
    def kept(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate()

    kept()


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_the_states_keep_their_description(described: OpenApiSchema, address: str) -> None:
    @given(described[address]["get"].as_strategy())
    @settings(max_examples=5)
    def kept(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate()

    kept()
