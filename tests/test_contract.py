"""Whatever the description allows is answered as it says; whatever it forbids is refused, and nothing ends in a 5xx."""

from typing import Any

import pytest
import schemathesis
from hypothesis import given, settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from schemathesis.specs.openapi.schemas import OpenApiSchema

from service.app import create_app
from service.settings import Settings
from triage import Engine

SUGGESTIONS = "/api/v1/suggestions"


@pytest.fixture(scope="module")
def described(toy_engine: Engine) -> OpenApiSchema:
    return schemathesis.openapi.from_asgi("/openapi.json", create_app(Settings(), load=lambda _: toy_engine))


def test_the_description_covers_every_address(described: OpenApiSchema) -> None:
    assert set(described) == {SUGGESTIONS, "/healthz", "/readyz"}


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
