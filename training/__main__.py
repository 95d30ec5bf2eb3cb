"""python -m training: the same as triage train."""

import sys

import typer

from training.cli import train
from triage.errors import TriageError

if __name__ == "__main__":
    try:
        typer.run(train)
    except TriageError as error:
        typer.echo(f"triage: {error}", err=True)
        sys.exit(2)
