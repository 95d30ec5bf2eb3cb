"""triage serve."""

import socket
from typing import Annotated

import typer
from pydantic import ValidationError

from service.settings import Settings
from triage.errors import UsageError


def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; * for every IPv4 and IPv6 address. Default: TRIAGE_HOST or localhost.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port. Default: TRIAGE_PORT or 8000.")] = None,
    profile: Annotated[str | None, typer.Option(help="Folder or shipped name of a profile, or none.")] = None,
    model: Annotated[str | None, typer.Option(help="Folder or shipped name of a model.")] = None,
) -> None:
    """Serve suggestions over HTTP, with the API's own documentation at /docs."""
    import uvicorn

    from service.app import create_app

    told = {"host": host, "port": port, "profile": profile, "model": model}
    settings = read_settings().model_copy(update={name: value for name, value in told.items() if value is not None})
    sockets = listen(settings.host, settings.port)
    for each in sockets:
        address, bound = each.getsockname()[:2]
        typer.echo(f"serving on http://{f'[{address}]' if ':' in address else address}:{bound}", err=True)
    server = uvicorn.Server(uvicorn.Config(create_app(settings), log_level="warning", access_log=False))
    server.run(sockets=sockets)


def read_settings() -> Settings:
    """The settings of the environment. Raises UsageError naming the variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"TRIAGE_{first['loc'][0]}".upper()
        raise UsageError(f"{name}={first['input']!r}: {first['msg']}. Correct or unset it.", "bad_setting") from None


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
