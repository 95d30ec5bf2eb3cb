"""triage serve."""

import socket
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from service import private
from service.settings import Settings
from triage.errors import TriageError, UsageError

if TYPE_CHECKING:
    from fastapi import FastAPI


def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; * for every IPv4 and IPv6 address. Default: TRIAGE_HOST or localhost.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port. Default: TRIAGE_PORT or 8000.")] = None,
    profile: Annotated[str | None, typer.Option(help="Folder or shipped name of a profile, or none.")] = None,
    model: Annotated[str | None, typer.Option(help="Folder or shipped name of a model.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes that serve; they share the database. Default: TRIAGE_WORKERS or 1.")
    ] = None,
) -> None:
    """Serve suggestions and the desk over HTTP, with the API's own documentation at /docs."""
    import uvicorn

    from service import oidc

    told = {"host": host, "port": port, "profile": profile, "model": model, "workers": workers}
    settings = read_settings().model_copy(update={name: value for name, value in told.items() if value is not None})
    oidc.provider(settings)  # what is wrong with it is told here, not by every worker
    sockets = listen(settings.host, settings.port)
    for each in sockets:
        address, bound = each.getsockname()[:2]
        typer.echo(f"serving on http://{f'[{address}]' if ':' in address else address}:{bound}", err=True)
    first_set_up(settings, *sockets[0].getsockname()[:2])
    config = uvicorn.Config(
        partial(start, settings), factory=True, workers=settings.workers, log_config=None, access_log=False,
        timeout_graceful_shutdown=settings.grace_seconds, timeout_worker_healthcheck=60,
    )  # fmt: skip
    server = uvicorn.Server(config)
    if settings.workers == 1:
        server.run(sockets=sockets)
        return
    from uvicorn.supervisors import Multiprocess

    # Each worker is given the listening sockets; they are started by this process and started again when they die.
    Multiprocess(config, sockets).run()


def start(settings: Settings) -> "FastAPI":
    """The application of one process, its log set up."""
    from threadpoolctl import threadpool_limits

    from service.app import create_app
    from service.logs import set_up

    # The matrices of a few texts are small: more threads would mostly wait for each other, and keep the processor busy with it.
    threadpool_limits(1, "blas")
    set_up(settings.log_level)
    return create_app(settings)


def first_set_up(settings: Settings, address: str, port: int) -> None:
    """Makes the store, and prints the one-time set-up link while there are no accounts. A store that fails is told by the service."""
    from service import accounts
    from service.database import Database
    from service.state import read_keys

    try:
        database = Database(settings.database_url)
        database.migrate()
        read_keys(settings, database)
        with database.write() as connection:
            secret = accounts.set_up_link(connection, settings.link_hours)
        database.close()
    except (TriageError, OSError):
        return
    if secret is not None:
        place = f"http://{f'[{address}]' if ':' in address else address}:{port}"
        # Behind a #: what follows it never reaches a server's or a gateway's log.
        typer.echo(f"no accounts yet. Set up the three administrators, once, within {settings.link_hours} h: {place}/setup#{secret}", err=True)


def read_settings() -> Settings:
    """The settings of the environment; from then on what is made is closed to others, in workers and jobs too.

    Raises UsageError naming the variable that is wrong.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"TRIAGE_{first['loc'][0]}".upper()
        raise UsageError(f"{name}={first['input']!r}: {first['msg']}. Correct or unset it.", "bad_setting") from None
    private.close((settings.data, settings.key_file, settings.snapshot_folder))
    return settings


def listen(host: str, port: int) -> list[socket.socket]:
    """One listening socket per address that the name stands for, IPv6 and IPv4 alike; ``*`` is every address of both.

    Raises UsageError when the name is unknown or not one of its addresses can be used.
    """
    try:
        found = socket.getaddrinfo(None if host == "*" else host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise UsageError(f"--host {host}: {error.strerror}. Use localhost, *, or an address of this machine.", "bad_host") from None
    sockets: list[socket.socket] = []
    failures = []
    for family, kind, protocol, _, address in dict.fromkeys(found):
        listener = socket.socket(family, kind, protocol)
        try:
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # Port 0 asks for any free one: the second family then takes the port that the first was given.
            wanted = sockets[0].getsockname()[1] if sockets and port == 0 else port
            listener.bind((address[0], wanted, *address[2:]))
            sockets.append(listener)
        except OSError as error:
            listener.close()
            failures.append(f"{address[0]}: {error.strerror}")
    if not sockets:
        raise UsageError(f"cannot listen on {host} port {port} ({'; '.join(failures)}). Choose another with --port.", "cannot_listen")
    return sockets
