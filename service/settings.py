"""Every setting of the service, in one typed place. Read from the environment, each name with the prefix TRIAGE_."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Openness = Literal["loopback", "always", "never"]


def _home() -> Path:
    return Path.home() / ".local" / "share" / "triage"


class Settings(BaseSettings):
    """The defaults serve the shipped city on this machine only."""

    model_config = SettingsConfigDict(env_prefix="TRIAGE_")

    profile: str = Field(default="", description="Folder or shipped name of the profile, or none; empty: the one the model was trained with")
    model: str = Field(default="default", description="Folder or shipped name of the model")
    host: str = Field(default="localhost", description="Address to listen on: a name, an IPv4 or an IPv6 address, or * for all of both")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on")
    workers: int = Field(default=1, ge=1, le=64, description="Processes that serve; all share the database")
    reload_seconds: float = Field(default=10, ge=0, description="How often the profile's tables are looked at for changes; 0: never")
    max_body: int = Field(default=32 * 1024 * 1024, ge=1024, description="Largest request body in bytes")
    body_seconds: float = Field(default=60, gt=0, description="After how long a request body must be there whole")
    grace_seconds: int = Field(default=15, ge=0, description="How long a stopping process goes on answering what it has begun")
    fast_only: bool = Field(default=False, description="Never read closely: for a machine too small for it")
    degrade: bool = Field(default=False, description="Be ready, and suggest by rules alone, when no model can be loaded")

    data: Path = Field(default_factory=_home, description="Folder of the database file and of the key file")
    database: SecretStr = Field(default=SecretStr(""), description="Address of the database; empty: the file triage.db in the data folder")
    keys: SecretStr = Field(default=SecretStr(""), description="The keys themselves, lines separated by ;. Empty: they are in the key file")
    keys_file: Path | None = Field(default=None, description="The key file; empty: keys.txt in the data folder, made at the first start")
    cipher: Literal["aes", "sm4"] = Field(default="aes", description="What seals personal data from now on: AES-256-GCM or SM4-GCM")
    audit_hash: Literal["sha256", "sm3"] = Field(default="sha256", description="What chains the audit log from now on")
    audit_days: int = Field(default=366, ge=366, description="How long entries of the audit log are kept, in days")
    keep_days: int = Field(default=0, ge=0, description="How long a closed request is kept, in days; 0: for ever")

    open_suggestions: Openness = Field(default="loopback", description="Who may ask for suggestions without a login")
    open_metrics: Openness = Field(default="loopback", description="Who may read /metrics without a login")
    idle_minutes: int = Field(default=30, ge=1, description="After how long without a call a login ends")
    login_hours: int = Field(default=12, ge=1, description="After how long a login ends in any case")
    secure_cookie: bool = Field(default=False, description="Send the cookie over TLS only; set it wherever a gateway speaks TLS")
    lock_failures: int = Field(default=5, ge=1, description="Wrong passwords in a row after which an account is locked")
    lock_minutes: int = Field(default=15, ge=1, description="For how long it is locked")
    password_length: int = Field(default=12, ge=8, le=128, description="Fewest characters of a password")
    link_hours: int = Field(default=24, ge=1, description="How long a set-up link or an invitation is good for")
    hosts: str = Field(
        default="",
        description="Names that the service answers to, with commas between them, * for any; empty: its own while it listens on this machine only",
    )
    address: str = Field(default="", max_length=200, description="How browsers reach the service, like https://triage.city.intranet; empty: not told")
    oidc_issuer: str = Field(default="", max_length=200, description="Issuer of the identity provider that people may log in by; empty: none")
    oidc_client: str = Field(default="", description="The client id that the identity provider gave to this service")
    oidc_secret: SecretStr = Field(default=SecretStr(""), description="The client secret; empty: it is in its file, or there is none")
    oidc_secret_file: Path | None = Field(default=None, description="File that holds the client secret alone")
    oidc_claim: str = Field(default="preferred_username", min_length=1, description="The claim of the ID token that is the name of an account")
    oidc_first: Literal["staff", "all", "none"] = Field(
        default="staff",
        description="Whom the first login by the provider finds by name, and binds: staff without the three administrators, all, or none",
    )
    oidc_scope: str = Field(default="openid profile", min_length=1, description="What is asked of the identity provider; openid must be in it")
    oidc_authorities: Path | None = Field(
        default=None, description="PEM file of the authorities that sign the provider's certificate; empty: the system's"
    )
    oidc_plain: bool = Field(default=False, description="Accept an identity provider without TLS; whoever sits on the line can then be anybody")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="What the service logs, as JSON lines")
    guard_limit: float = Field(default=0.03, gt=0, lt=1, description="Largest share of wrong automatic dispatches where the model promises none")
    silent_days: int = Field(
        default=10, ge=1, description="After how long a unit that has not sent it back has accepted an automatic dispatch, in days"
    )
    automation_seconds: float = Field(
        default=3, gt=0, description="How often each process looks whether automatic dispatch was switched or suspended"
    )
    job_days: int = Field(default=7, ge=1, le=366, description="How long a batch job and its files are kept, in days")
    job_most: int = Field(default=3, ge=1, description="How many open batch jobs somebody may have")
    claim_minutes: int = Field(default=30, ge=1, description="After how long a claim no longer keeps a request from others")
    urgent_claim_minutes: int = Field(default=10, ge=1, description="The same for urgent requests (特急, 紧急)")
    dispatch_minutes: int = Field(default=10, ge=1, description="The target for the time from entry to decision; later is overdue")

    reports: str = Field(default="daily,weekly,monthly", description="Which reports the service makes by itself when their time is over; empty: none")
    templates: Path | None = Field(default=None, description="Folder with templates of reports of the city's own")
    snapshot_minutes: int = Field(default=15, ge=0, description="How often the snapshot for statistics is brought up to the store; 0: never")

    baseline: str = Field(default="", description="The period that the speed of dispatch is measured against, like 2025-01-01/2025-12-31")
    speedup: float = Field(default=0.2, ge=0, lt=1, description="By what share the median must be lower than in the baseline period")
    province_minutes: float = Field(default=0, ge=0, description="The provincial target for the median in minutes; 0: none was named")

    @property
    def snapshot_folder(self) -> Path:
        """Where the snapshot for statistics is."""
        return self.data / "snapshot"

    @property
    def database_url(self) -> str:
        """The address of the database; SQLite in the data folder where none is set."""
        return self.database.get_secret_value() or f"sqlite:///{self.data / 'triage.db'}"

    @property
    def jobs_folder(self) -> Path:
        """Where the files of batch jobs are."""
        return self.data / "jobs"

    @property
    def key_file(self) -> Path:
        """Where the keys are, unless they are in the environment."""
        return self.keys_file or self.data / "keys.txt"

    @property
    def reports_folder(self) -> Path:
        """Where reports are kept."""
        return self.data / "reports"
