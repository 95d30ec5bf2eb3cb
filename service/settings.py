"""Every setting of the service, in one typed place. Read from the environment, each name with the prefix TRIAGE_."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The defaults serve the shipped city on this machine only."""

    model_config = SettingsConfigDict(env_prefix="TRIAGE_")

    profile: str = Field(default="", description="Folder or shipped name of the profile, or none; empty: the one the model was trained with")
    model: str = Field(default="default", description="Folder or shipped name of the model")
    host: str = Field(default="localhost", description="Address to listen on: a name, an IPv4 or an IPv6 address, or * for all of both")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on")
    reload_seconds: float = Field(default=10, ge=0, description="How often the profile's tables are looked at for changes; 0: never")
    max_body: int = Field(default=32 * 1024 * 1024, ge=1024, description="Largest request body in bytes")
