"""What a running process holds: settings, engine, store, keys. Each part may be missing; what needs it then says so."""

import asyncio
import logging
import time
from datetime import timedelta
from zoneinfo import ZoneInfo

from fastapi.concurrency import run_in_threadpool

from service import automation, fallback, identity, keys, oidc, outcomes
from service.automation import Automation
from service.database import Database, now
from service.failures import ServiceError, refuse
from service.fallback import ByRules
from service.keys import Keys
from service.lately import Lately
from service.outcomes import Limits
from service.reload import Loaded
from service.settings import Settings
from service.similar import Recent
from service.together import MOST_CLOSELY, Together
from service.views import Claims
from triage.errors import TriageError, UsageError
from triage.profile import Profile
from triage.suggest import CLOSELY, Engine

_LOG = logging.getLogger("triage.service")
_AGAIN = 5.0


class State:
    """Made once per process. ``store_problem`` says why the store cannot be used, "" when it can. ``automation``: what may go out by
    itself, as it was last read from the store; None, nothing, until then."""

    def __init__(self, settings: Settings, loaded: Loaded) -> None:
        self.settings, self.loaded = settings, loaded
        self.recent = Recent()
        self.together, self.closely = Together(), Together(MOST_CLOSELY, yielding=True)
        self.lately = Lately()
        self.provider = oidc.provider(settings)
        self.store_problem = "not opened yet"
        self._database: Database | None = None
        self._keys: Keys | None = None
        self._rules: ByRules | None = None
        self._tried = 0.0
        self.automation: Automation | None = None
        loaded.prepare = self._prepare

    def open(self) -> None:
        """Opens the store and reads the keys; what fails is kept as ``store_problem`` and tried again later."""
        self._tried = time.monotonic()
        try:
            database = Database(self.settings.database_url)
            database.migrate()
            self._keys = read_keys(self.settings, database)
        except (TriageError, OSError) as error:
            self.store_problem = str(error) if isinstance(error, TriageError) else f"{self.settings.data} cannot be used ({error.strerror})"
            _LOG.error("the store cannot be used: %s", self.store_problem)
            return
        self._database, self.store_problem = database, ""
        self.read_automation()

    def close(self) -> None:
        """Ends the threads of suggestions and closes the store."""
        self.together.close()
        self.closely.close()
        if self._database is not None:
            self._database.close()

    def read_automation(self) -> None:
        """What people and the guard of any process hold back, from the store to the engine. Never raises: what was last read stays."""
        try:
            with self.store.read() as connection:
                self.automation = automation.read(connection)
            if self.loaded.engine is not None:
                automation.apply(self.loaded.engine, self.automation)
        except TriageError as error:
            _LOG.warning("the state of automatic dispatch cannot be read: %s", error)

    def take_silence(self) -> None:
        """Takes old automatic dispatches that nobody sent back for accepted. Never raises."""
        try:
            before = now() - timedelta(days=self.settings.silent_days)
            with self.store.read() as connection:
                waits = outcomes.waits(connection, before)
            if waits:
                with self.store.write() as connection:
                    outcomes.silent(connection, before, self.limits)
        except TriageError as error:
            _LOG.warning("old dispatches cannot be looked at: %s", error)

    async def watch(self) -> None:
        """Does both every so often, for as long as it is not cancelled."""
        while True:
            await asyncio.sleep(self.settings.automation_seconds)
            await run_in_threadpool(self.take_silence)
            await run_in_threadpool(self.read_automation)

    @property
    def claims(self) -> Claims:
        """For how long claims count."""
        return Claims(timedelta(minutes=self.settings.claim_minutes), timedelta(minutes=self.settings.urgent_claim_minutes))

    @property
    def limits(self) -> Limits:
        """The largest share of wrong ones among automatic dispatches: what the model promises of the reading, else the setting."""
        return Limits(*(self._promised(close) or self.settings.guard_limit for close in (False, True)))

    def promised(self, model: str) -> float | None:
        """What the model in use promises of the reading that made a suggestion, by the ``model`` in its versions."""
        return self._promised(model.endswith(CLOSELY))

    def _promised(self, close: bool) -> float | None:
        readings = self.loaded.engine.readings if self.loaded.engine is not None else ()
        return next((each.promised for each in readings if (each.encoder is not None) == close), None)

    def _prepare(self, engine: Engine) -> None:
        automation.apply(engine, self.automation)

    @property
    def store(self) -> Database:
        """The open store. Raises ServiceError ``no_store``."""
        if self._database is None and time.monotonic() > self._tried + _AGAIN:
            self.open()
        if self._database is None:
            raise refuse("no_store", f"the store cannot be used: {self.store_problem}")
        return self._database

    @property
    def keys(self) -> Keys:
        """The keys. Raises ServiceError ``no_store``."""
        if self._keys is None:
            raise refuse("no_store", f"the keys cannot be read: {self.store_problem}")
        return self._keys

    @property
    def engine(self) -> Engine:
        """The loaded engine. Raises ServiceError ``not_ready``."""
        if self.loaded.engine is None:
            raise ServiceError(f"no model is loaded: {self.loaded.failure}", "not_ready")
        return self.loaded.engine

    @property
    def adviser(self) -> Engine | ByRules:
        """The engine, or the rules alone while there is none."""
        if self.loaded.engine is not None:
            return self.loaded.engine
        if self._rules is None:
            self._rules = fallback.load(self.settings.profile, self.settings.model)
        return self._rules

    @property
    def profile(self) -> Profile | None:
        """The city's tables, where there are any."""
        return self.adviser.profile

    @property
    def zone(self) -> ZoneInfo | None:
        """The city's time zone; None: the machine's."""
        return ZoneInfo(self.profile.timezone) if self.profile else None


def read_keys(settings: Settings, database: Database | None = None) -> Keys:
    """The keys of the environment, else of the key file, made fresh where there is none and nothing is sealed yet.

    ``database``: an open store, which the keys must fit. Raises UsageError for keys that cannot be used, ``no_key`` or ``bad_seal`` for ones
    that do not open what the store holds.
    """
    told = settings.keys.get_secret_value()
    sealed = database is not None and sealed_here(database)
    if sealed and not told and not settings.key_file.exists():
        words = (
            "the store holds sealed data, and its keys are not here. Bring the key file of the old machine along (copy it there), or set TRIAGE_KEYS"
        )
        raise UsageError(f"{settings.key_file}: {words}. No new keys were made: they would not open what is sealed.", "no_key")
    found = keys.parse(told.replace(";", "\n"), "TRIAGE_KEYS", settings.cipher) if told else keys.load(settings.key_file, settings.cipher)
    if database is not None and sealed:
        where = "TRIAGE_KEYS" if told else str(settings.key_file)
        try:
            with database.read() as connection:
                identity.try_keys(connection, found)
        except UsageError as error:
            raise UsageError(f"{where}: these are not the keys of this store: {error} Bring the store's own keys along.", error.code) from None
    return found


def sealed_here(database: Database) -> bool:
    """Whether a store holds anything sealed."""
    with database.read() as connection:
        return identity.sealed(connection)
