"""Which tables and which model are in use: the last activation of each, else what the settings name. Every worker looks by itself."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from service import profiles, versions
from service.database import Database
from service.failures import refuse
from service.models import folder_of
from service.settings import Settings
from service.state import State
from service.versions import MODEL, PROFILE
from triage.errors import TriageError
from triage.suggest import Engine

_LOG = logging.getLogger("triage.service")


class Pointer(NamedTuple):
    """The targets in use; None: nothing was ever activated."""

    profile: str | None
    model: str | None


_NOTHING = Pointer(None, None)


class Following:
    """What a worker's engine is to be made of. Keeps the last answer while the store is away: a database that is restarted must not
    change whom requests go to."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._last = _NOTHING

    def pointer(self) -> Pointer:
        """The targets in use. Never raises."""
        try:
            with self._state.store.read() as connection:
                self._last = Pointer(versions.in_use(connection, PROFILE), versions.in_use(connection, MODEL))
        except TriageError as error:
            _LOG.warning("what is in use cannot be asked, it stays as it was: %s", error)
        return self._last

    def settings(self) -> Settings:
        """The settings, with the tables and the model in use. Raises TriageError where they cannot be laid out."""
        return settings_of(lambda: self._state.store, self._state.settings, self.pointer())


def settings_of(database: Callable[[], Database], settings: Settings, pointer: Pointer) -> Settings:
    """The settings with other tables and another model. The store is asked for tables only: while it is away, all else goes on.

    Raises ``unknown_version`` and UsageError.
    """
    changes: dict[str, Any] = {}
    if pointer.profile:
        changes["profile"] = str(_profile(database(), settings, pointer.profile))
    if pointer.model:
        changes["model"] = str(folder_of(settings, pointer.model))
    return settings.model_copy(update=changes)


def now_in_use(database: Database, settings: Settings) -> Settings:
    """The settings with what the store says is in use at this moment. Raises TriageError: better no job than one by other tables."""
    with database.read() as connection:
        pointer = Pointer(versions.in_use(connection, PROFILE), versions.in_use(connection, MODEL))
    return settings_of(lambda: database, settings, pointer)


def try_out(state: State, what: str, target: str) -> Mapping[str, str]:
    """Loads what would be in use together; its versions. Raises TriageError that says why it cannot be used."""
    with state.store.read() as connection:
        now = Pointer(versions.in_use(connection, PROFILE), versions.in_use(connection, MODEL))
    wanted = now._replace(profile=target) if what == PROFILE else now._replace(model=target)
    chosen = settings_of(lambda: state.store, state.settings, wanted)
    engine = Engine.load(chosen.profile or None, chosen.model)
    return {"model": engine.versions.model, "profile": engine.versions.profile}


def _profile(database: Database, settings: Settings, target: str) -> Path:
    if not (target.isascii() and target.isdigit()):
        raise refuse("unknown_version", "there is no such version of the tables. Check the number.")
    with database.read() as connection:
        version = versions.version_of(connection, int(target))
        folder = settings.data / "profiles" / version.fingerprint
        return profiles.unpack(versions.content(connection, version.id), version.fingerprint, folder.parent)
