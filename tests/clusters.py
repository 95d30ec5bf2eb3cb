"""Spark and Ray on this machine alone, for tests. Skipped where they are not installed, failed where TRIAGE_REQUIRE asks for them."""

import importlib.util
import os
import shutil
from typing import NoReturn

import pytest

from tests.stores import REQUIRE


def must_have(name: str, found: object, remedy: str) -> None:
    """Skips, or fails where TRIAGE_REQUIRE asks for ``name``."""
    if not found:
        _missing(name, f"no {name}: {remedy}")


def must_have_spark() -> None:
    must_have("spark", importlib.util.find_spec("pyspark"), "pip install --require-hashes -r requirements-cluster.lock")
    must_have("java", shutil.which("java"), "apt-get install openjdk-17-jre-headless")


def must_have_ray() -> None:
    must_have("ray", importlib.util.find_spec("ray"), "pip install --require-hashes -r requirements-cluster.lock")


def _missing(name: str, reason: str) -> NoReturn:
    if name in os.environ.get(REQUIRE, ""):
        pytest.fail(reason)
    pytest.skip(reason)
