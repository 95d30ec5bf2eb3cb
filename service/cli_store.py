"""The commands on the store: its form, retention, keys, backup, the audit log, and a way back in for a locked-out administrator."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from service.database import Database
from service.settings import Settings
from triage.errors import TriageError, UsageError
from triage.options import EXIT_UNUSABLE

audit_log = typer.Typer(no_args_is_help=True, help="The audit log.")
stores = typer.Typer(no_args_is_help=True, help="The store of the service.")
key_file = typer.Typer(no_args_is_help=True, help="The keys that seal personal data.")
people = typer.Typer(no_args_is_help=True, help="Accounts of the service.")


@audit_log.command("verify")
def verify(
    anchor: Annotated[str, typer.Option(help="Number and hash of an entry noted earlier, NUMBER=HASH: it must still be so.")] = "",
) -> None:
    """Go through the whole chain and find any edit or gap. Exit code 0: whole; 2: not."""
    from service.audit import verify as check

    noted: tuple[int, str] | None = None
    if anchor:
        number, sign, mark = anchor.partition("=")
        if not (sign and number.isascii() and number.isdigit() and mark):
            raise UsageError(f"--anchor {anchor!r}: write it as NUMBER=HASH.", "bad_option")
        noted = (int(number), mark)
    with opened() as (database, _):
        report = check(database, noted)
    typer.echo(f"{report.entries} entries, the last: {report.seq}={report.hash}")
    if report.problem:
        typer.echo(f"triage: {report.problem}", err=True)
        raise typer.Exit(EXIT_UNUSABLE)


@stores.command("upgrade")
def upgrade() -> None:
    """Bring the tables to the newest form. `triage serve` does it by itself."""
    with opened(new=True) as (database, _):
        typer.echo(f"the store has form {database.revision()}", err=True)


@stores.command("purge")
def purge() -> None:
    """Remove what may no longer be kept: ended requests after TRIAGE_KEEP_DAYS, audit entries after TRIAGE_AUDIT_DAYS."""
    from service import audit, retention

    shell = audit.Who("shell")
    with opened() as (database, settings):
        gone = 0
        while settings.keep_days:
            with database.write() as connection:
                numbers = retention.purge(connection, audit.cutoff(settings.keep_days))
                if not numbers:
                    break
                audit.note(connection, shell, "request.purge", detail={"requests": numbers}, algorithm=settings.audit_hash)
            gone += len(numbers)
        with database.write() as connection:
            old = audit.purge(connection, shell, audit.cutoff(settings.audit_days))
    typer.echo(f"{gone} requests and {old} audit entries removed", err=True)


@stores.command("seal")
def seal() -> None:
    """Hide and seal the free words that earlier versions kept in clear: place, kind of caller, channel, number, answers, names of files."""
    from service import audit, sealing
    from service.state import read_keys

    changed = said = last = 0
    with opened() as (database, settings):
        keys = read_keys(settings, database)
        while True:
            with database.write() as connection:
                done = sealing.seal(connection, keys, last)
                if not done.last:
                    named = sealing.names(connection)
                    detail = {"requests": changed, "suggestions": said, "names": named}
                    audit.note(connection, audit.Who("shell"), "store.seal", detail=detail, algorithm=settings.audit_hash)
                    break
            changed, said, last = changed + done.requests, said + done.suggestions, done.last
        wiped = sealing.wipe(database) if changed or said or named else True
    typer.echo(f"{changed} requests, {said} suggestions and {named} names hidden; what was told is sealed", err=True)
    if not wiped:
        typer.echo(f"triage: the database keeps old rows until it is told otherwise. As its owner: VACUUM FULL {sealing.tables()}", err=True)
    if changed:
        typer.echo("Make the snapshot anew: triage snapshot --fresh. Backups of before still hold the clear words: delete them in time.", err=True)


@key_file.command("rotate")
def rotate() -> None:
    """Add a fresh key to the key file; it seals from the next start on. Then restart, then `triage keys reseal`."""
    from service.cli import read_settings
    from service.keys import rotate as add

    settings = read_settings()
    if settings.keys.get_secret_value():
        raise UsageError("the keys are in TRIAGE_KEYS, not in a file. Add a line there: a name, a blank, 32 bytes in base64.", "bad_setting")
    typer.echo(f"{settings.key_file}: added {add(settings.key_file)}. Restart the service, then: triage keys reseal", err=True)


@key_file.command("reseal")
def reseal() -> None:
    """Seal everything again with the newest key. Old keys may go afterwards, once no backup needs them."""
    from service import audit, identity
    from service.state import read_keys

    with opened() as (database, settings):
        keys, done = read_keys(settings, database), 0
        while True:
            with database.write() as connection:
                rows = identity.reseal(connection, keys)
                if not rows:
                    audit.note(connection, audit.Who("shell"), "keys.reseal", keys.newest, detail={"rows": done}, algorithm=settings.audit_hash)
                    break
            done += rows
    typer.echo(f"{done} rows sealed again with {keys.newest}", err=True)


@people.command("invite")
def invite(name: Annotated[str, typer.Argument(help="Name of the account.")]) -> None:
    """Print the secret of a new invitation for an account, for an administrator who lost the password."""
    from service import accounts, audit

    with opened() as (database, settings), database.write() as connection:
        account, _ = accounts.password_of(connection, name)
        if account is None:
            raise UsageError(f"there is no account {name!r}. Check the name.", "unknown_account")
        secret = accounts.invite(connection, account.id, settings.link_hours)
        audit.note(connection, audit.Who("shell"), "account.invite", f"account:{account.id}", algorithm=settings.audit_hash)
    typer.echo(secret)


def backup(target: Annotated[Path, typer.Argument(metavar="FILE", help="File to write, e.g. triage-2026-11-26.backup.")]) -> None:
    """Write the whole store to one file, while the service runs. The keys are not in it."""
    from service.backup import backup as write

    with opened() as (database, _):
        rows, held = write(database, target), requests_of(database)
        place = database.place
    typer.echo(f"{rows} rows of {place} with {held} requests written to {target}. Keep the key file apart from it.", err=True)


def restore(source: Annotated[Path, typer.Argument(metavar="FILE", help="File that triage backup wrote.")]) -> None:
    """Fill an empty store from a backup, also of another kind of database."""
    from service.audit import verify as check_log
    from service.backup import restore as fill

    with opened(new=True) as (database, settings):
        rows, held = fill(database, source), requests_of(database)
        problem, place = check_log(database).problem, database.place
        missing = _keys_missing(database, settings)
    whole = f"not whole: {problem}" if problem else "whole"
    typer.echo(f"{rows} rows with {held} requests restored from {source} to {place}; the audit log is {whole}", err=True)
    if missing:
        typer.echo(f"triage: the keys are not in a backup, and those of this store are still missing: {missing}", err=True)


def requests_of(database: Database) -> int:
    """How many requests a store holds."""
    import sqlalchemy as sa

    from service.tables import requests

    with database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(requests)).scalar_one())


def _keys_missing(database: Database, settings: Settings) -> str:
    """Why what was restored cannot be unsealed here, "" when it can or nothing is sealed. Makes no keys."""
    from service.state import read_keys, sealed_here

    try:
        if sealed_here(database):
            read_keys(settings, database)
    except (TriageError, OSError) as error:
        return str(error)
    return ""


@contextmanager
def opened(new: bool = False) -> Iterator[tuple[Database, Settings]]:
    """The store of the environment, in its newest form, and the settings. ``new``: made where there is none, which is refused otherwise."""
    from service.cli import read_settings

    settings = read_settings()
    database = Database(settings.database_url)
    try:
        if not new:
            database.must_exist()
        database.migrate()
        yield database, settings
    finally:
        database.close()
