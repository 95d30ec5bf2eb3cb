import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from service.cli import listen
from triage.errors import UsageError

TRIAGE = Path(sys.executable).with_name("triage")


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


IPV6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback address")


@contextmanager
def listening(host: str, port: int) -> Iterator[list[socket.socket]]:
    sockets = listen(host, port)
    try:
        yield sockets
    finally:
        for each in sockets:
            each.close()


@pytest.mark.parametrize(("host", "family"), [("127.0.0.1", socket.AF_INET), pytest.param("::1", socket.AF_INET6, marks=IPV6)])
def test_an_address_is_listened_on(host: str, family: socket.AddressFamily) -> None:
    with listening(host, 0) as (only,):
        assert (only.family, only.getsockname()[0]) == (family, host)
        only.listen()
        with socket.create_connection((host, only.getsockname()[1]), timeout=5):
            pass


@IPV6
def test_every_address_of_both_families_shares_one_port() -> None:
    with listening("*", 0) as sockets:
        assert {each.getsockname()[0] for each in sockets} == {"0.0.0.0", "::"}
        assert len({each.getsockname()[1] for each in sockets}) == 1


def test_an_unknown_host_is_named() -> None:
    with pytest.raises(UsageError, match=r"--host 300\.1\.2\.3\.invalid") as caught:
        listen("300.1.2.3.invalid", 0)
    assert caught.value.code == "bad_host"


def test_a_port_in_use_is_named_with_the_remedy() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"127.0.0.1 port {port} .*--port") as caught:
            listen("127.0.0.1", port)
    assert caught.value.code == "cannot_listen"


@pytest.mark.parametrize("workers", [1, 2])
def test_a_server_started_from_the_command_line_answers_and_ends(toy: Path, tmp_path: Path, workers: int) -> None:
    command: list[str | Path] = [TRIAGE, "serve", "--port", "0", "--model", toy, "--workers", str(workers)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRIAGE_")} | {"TRIAGE_DATA": str(tmp_path)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=environment) as process:
        assert process.stderr is not None
        try:
            families = {family for family, *_ in socket.getaddrinfo("localhost", 0, type=socket.SOCK_STREAM)}
            wanted = int(socket.AF_INET in families) + int(has_ipv6() and socket.AF_INET6 in families)
            lines = [process.stderr.readline() for _ in range(wanted)]
            for url in (re.sub("serving on ", "", line).strip() for line in lines):
                assert re.fullmatch(r"http://(127\.0\.0\.1|\[::1\]):\d+", url), lines
                ready = patiently(f"{url}/readyz", process)
                assert (ready.status_code, ready.json()["status"]) == (200, "ready")
                assert httpx.get(f"{url}/api/v1/queue", timeout=10).status_code == 401
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(60) in (0, -signal.SIGTERM)
        told = process.stderr.read()
    assert "Traceback" not in told
    assert told.count("/setup#") == 1
    assert (tmp_path / "triage.db").exists() and (tmp_path / "keys.txt").stat().st_mode & 0o077 == 0


def patiently(url: str, process: subprocess.Popen[str]) -> httpx.Response:
    """The answer, waiting up to a minute for the server to start."""
    for _ in range(600):
        try:
            return httpx.get(url, timeout=10)
        except httpx.ConnectError:
            assert process.poll() is None
            time.sleep(0.1)
    raise AssertionError(f"{url} never answered")


@pytest.mark.parametrize(("option", "words"), [(["--host", "300.1.2.3.invalid"], "triage: --host 300.1.2.3.invalid"), (["--port", "70000"], "65535")])
def test_a_wrong_option_ends_in_one_error(option: list[str], words: str) -> None:
    done = subprocess.run([TRIAGE, "serve", *option], capture_output=True, text=True, encoding="utf-8", check=False, timeout=60)
    assert done.returncode == 2
    assert words in done.stderr and "Traceback" not in done.stderr


def test_a_wrong_setting_ends_in_one_error() -> None:
    done = subprocess.run(
        [TRIAGE, "serve"], capture_output=True, text=True, encoding="utf-8", check=False, timeout=60, env={**os.environ, "TRIAGE_PORT": "eighty"}
    )
    assert done.returncode == 2
    assert "TRIAGE_PORT" in done.stderr and "Traceback" not in done.stderr
