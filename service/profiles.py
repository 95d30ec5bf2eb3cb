"""A city's tables as a file that somebody sends, as a folder to check, and as the ZIP that the store keeps of them."""

import io
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from service import uploads
from service.failures import refuse
from triage.errors import Problem, ProfileError, TriageError, UsageError
from triage.locations import resolve
from triage.profile import Profile
from triage.profile_columns import TABLES
from triage.profile_diff import Change
from triage.profile_diff import diff as compare
from triage.profile_load import fingerprint, load
from triage.profile_report import in_words
from triage.profile_sheet import HEAD, bring_in, export
from triage.suggest import NO_PROFILE

FILES = (HEAD, *TABLES)
_EPOCH = (1980, 1, 1, 0, 0, 0)
_SHOWN = 400


@dataclass(frozen=True, slots=True)
class Checked:
    """What was sent: the tables when they are sound, else all that is wrong with them. ``ignored``: files that are no tables."""

    city: Profile | None
    content: bytes
    problems: tuple[Problem, ...]
    ignored: tuple[str, ...]


def check(data: bytes) -> Checked:
    """Reads a ZIP of CSV tables, or the workbook that ``triage profile export`` writes. Raises ServiceError for what is neither, or is not
    within bounds, and UsageError for a workbook without a sheet or column that must be there."""
    if not uploads.is_zip(data):
        raise refuse("wrong_type", "neither a ZIP of the tables nor an .xlsx workbook. Send one of the two.")
    archive = uploads.opened(data)
    problems: tuple[Problem, ...] = ()
    ignored: tuple[str, ...] = ()
    with tempfile.TemporaryDirectory(prefix="triage-profile-") as name:
        folder = Path(name) / "tables"
        try:
            if uploads.is_workbook(archive):
                problems = _from_workbook(data, folder)
            else:
                ignored = _from_zip(archive, folder)
            if problems:
                return Checked(None, b"", problems, ignored)
            return Checked(load(folder), pack(folder), (), ignored)
        except ProfileError as error:
            return Checked(None, b"", error.problems, ignored)
        except TriageError as error:
            # Where the file lay for a moment is nobody's business.
            raise type(error)(str(error).replace(f"{folder}/", "").replace(f"{name}/", ""), error.code) from None


def pack(folder: Path) -> bytes:
    """The tables of a folder as a ZIP: the same bytes for the same tables."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in FILES:
            if (folder / name).is_file():
                archive.writestr(zipfile.ZipInfo(name, _EPOCH), (folder / name).read_bytes(), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def unpack(content: bytes, mark: str, base: Path) -> Path:
    """The folder of a version, named by its fingerprint, under ``base``; made, or made anew where its files are not what was kept.

    Raises UsageError when it cannot be written."""
    folder = base / mark
    try:
        if folder.is_dir() and fingerprint(folder) == mark:
            return folder
        base.mkdir(parents=True, exist_ok=True, mode=0o700)
        files, _ = uploads.take(uploads.opened(content), FILES)
        with tempfile.TemporaryDirectory(dir=base, prefix=".new-") as name:
            fresh = Path(name) / mark
            _write(files, fresh)
            if folder.exists():
                folder.rename(Path(name) / "old")
            fresh.rename(folder)
    except OSError as error:
        if folder.is_dir() and fingerprint(folder) == mark:  # another process was faster
            return folder
        raise UsageError(f"{folder}: cannot be written ({error.strerror}). Give the service the right to write there.", "not_writable") from error
    return folder


def tables_of(profile: str, trained: str) -> Path:
    """The folder of the tables that the settings name, or of those that the model was trained with. Raises ServiceError for none."""
    name = profile or trained
    if name == NO_PROFILE:
        raise refuse("unknown_version", "the service runs without tables (profile none). Activate a version of the tables first.")
    return resolve("data", name)


def workbook(folder: Path) -> bytes:
    """The tables of a folder as a workbook to edit."""
    with tempfile.TemporaryDirectory(prefix="triage-profile-") as name:
        target = Path(name) / "tables.xlsx"
        export(folder, target)
        return target.read_bytes()


@contextmanager
def folder_of(content: bytes) -> Iterator[Path]:
    """The tables of a version in a folder of their own, for as long as they are looked at."""
    with tempfile.TemporaryDirectory(prefix="triage-profile-") as name:
        files, _ = uploads.take(uploads.opened(content), FILES)
        _write(files, Path(name) / "tables")
        yield Path(name) / "tables"


def differ(old: Profile, new: Profile) -> dict[str, object]:
    """What changes for whom, today, in words and line by line; the first 400 lines."""
    was, now = (datetime.now(ZoneInfo(each.timezone)).date() for each in (old, new))
    changes: Sequence[Change] = compare(old, new, was, now)
    names = {code: unit.short for profile in (old, new) for code, unit in profile.units.items()}
    places = {**{code: town.name for profile in (old, new) for code, town in profile.towns.items()}, **old.areas, **new.areas}
    return {
        "count": len(changes), "words": in_words(changes, old, new), "changes": [each._asdict() for each in changes[:_SHOWN]],
        "units": names, "places": places,
    }  # fmt: skip


def _from_workbook(data: bytes, folder: Path) -> tuple[Problem, ...]:
    source = folder.with_suffix(".xlsx")
    source.write_bytes(data)
    return tuple(bring_in(source, folder))


def _from_zip(archive: zipfile.ZipFile, folder: Path) -> tuple[str, ...]:
    files, others = uploads.take(archive, FILES)
    if HEAD not in files:
        raise refuse("bad_archive", f"no {HEAD} in the ZIP. Pack the whole folder of tables.")
    _write(files, folder)
    return tuple(sorted(set(others)))


def _write(files: dict[str, bytes], folder: Path) -> None:
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
