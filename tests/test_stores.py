"""The helper that says whether a test may be skipped."""

import pytest
from _pytest.outcomes import Failed, Skipped

from tests.stores import REQUIRE, missing


@pytest.mark.parametrize(("asked", "what", "expected"), [
    ("", "chromium", Skipped), ("postgres,chromium", "chromium", Failed), ("java, chromium", "chromium", Failed), ("postgres", "chromium", Skipped),
])  # fmt: skip
def test_what_is_asked_for_must_not_be_missing(monkeypatch: pytest.MonkeyPatch, asked: str, what: str, expected: type[BaseException]) -> None:
    monkeypatch.setenv(REQUIRE, asked)
    with pytest.raises(expected, match="no chromium"):
        missing("no chromium", what)
