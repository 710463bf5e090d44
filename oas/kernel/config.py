"""The settings of OAS and of Glider, read from the environment. No other module reads it.

Every setting is `OAS_<NAME>`, or `OAS_<NAME>_FILE` naming a file that holds the value (a mounted secret). A process
with a missing or malformed value does not start: see `ConfigError`.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "OAS_"
Names = Annotated[tuple[str, ...], NoDecode]


class ConfigError(Exception):
    """A setting is missing or bad; the text names it and never shows its value, which may be a secret."""


class _FileSource(PydanticBaseSettingsSource):
    """Reads `OAS_NAME_FILE`: the value is the text of that file without the line break at its end."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        name = f"{PREFIX}{field_name.upper()}_FILE"
        path = os.environ.get(name)
        if path is None:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").rstrip("\r\n"), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{name} names a file that cannot be read: {path}") from error

    def __call__(self) -> dict[str, Any]:
        values = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in values.items() if value is not None}


class GliderConfig(BaseSettings):
    """The settings of every process: objects, documents, broker, and the secrets that sign notifications."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    mongo_url: SecretStr
    mongo_database: str = "oas"
    redis_url: SecretStr
    s3_endpoint: str = ""  # empty: AWS itself
    s3_public_endpoint: str = ""  # the address in presigned links, where it differs
    s3_region: str = "us-east-1"
    s3_bucket: str = Field(min_length=3, max_length=63)
    s3_access_key: SecretStr
    s3_secret_key: SecretStr
    webhook_secret: Annotated[tuple[SecretStr, ...], NoDecode]  # the first signs, all verify (rotation)

    log_level: str = "INFO"
    log_json: bool = True
    work_dir: str = ""  # where tasks make their temporary folders; empty: the system's
    lease_seconds: int = Field(30, ge=5)  # a running job renews its lease three times in this span
    job_time_limit: int = Field(3000, ge=30)  # seconds; below the broker's visibility timeout
    visibility_timeout: int = Field(3600, ge=5)  # seconds; one value for every application on this broker
    max_upload_bytes: int = Field(5 * 1024**3, ge=1)
    max_unpacked_bytes: int = Field(10 * 1024**3, ge=1)
    max_unpacked_ratio: int = Field(200, ge=2)
    max_zip_members: int = Field(1000, ge=1)
    engine_threads: int | None = Field(None, ge=1)  # of Polars, in each process of a worker; None: one for each core
    max_columns: int = Field(500, ge=10)
    max_line_bytes: int = Field(1024 * 1024, ge=1024)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # A value in the environment counts before that of a file; no .env file is read.
        return init_settings, env_settings, _FileSource(settings_cls)

    @field_validator("webhook_secret", mode="before")
    @classmethod
    def _split_secrets(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value

    @field_validator("webhook_secret")
    @classmethod
    def _secret_form(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if not value or not all(_is_webhook_secret(secret.get_secret_value()) for secret in value):
            raise ValueError("must be whsec_ and 24 to 64 random bytes in base64 (several are separated by commas)")
        return value

    @field_validator("mongo_url")
    @classmethod
    def _mongo_scheme(cls, value: SecretStr) -> SecretStr:
        return _with_scheme(value, "mongodb://", "mongodb+srv://")

    @field_validator("redis_url")
    @classmethod
    def _redis_scheme(cls, value: SecretStr) -> SecretStr:
        return _with_scheme(value, "redis://", "rediss://", "unix://")

    @field_validator("s3_endpoint", "s3_public_endpoint")
    @classmethod
    def _endpoint_scheme(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/")


class Config(GliderConfig):
    """The settings that only OAS needs (web, workers, beat): the database, the public address, limits."""

    database_url: SecretStr
    secret_key: SecretStr
    url: str  # the public address of the API, e.g. https://oas.example
    callback_url: str = ""  # where Glider sends notifications; empty: the webhook under `url`
    debug: bool = False
    allowed_hosts: Names = ()
    cors_origins: Names = ()
    email_url: str = "console://"  # console://, smtp://user:password@host:port, smtps://…
    email_from: str = "oas@localhost"
    static_root: str = ""
    proxies: int = Field(0, ge=0)  # reverse proxies in front, whose X-Forwarded-For and -Proto are believed
    database_timeout: int = Field(30, ge=0)  # seconds a statement may take; 0: no limit (long migrations)
    requests_per_minute: int = Field(3000, ge=1)  # of one API key, person or address
    organisation_requests_per_minute: int = Field(6000, ge=1)  # of all keys and people of one organisation together
    files_in_flight: int = Field(1000, ge=1)  # sales files of one organisation in work at the same time
    bytes_a_day: int = Field(200 * 1024**3, ge=1)  # that one organisation may send, or have fetched
    logins_per_minute: int = Field(20, ge=1)  # attempts from one address
    metrics_token: SecretStr = SecretStr("")  # for GET /metrics as a bearer token; empty: private addresses only
    sweep_after: int = Field(60, ge=1)  # seconds until an unanswered job is looked at
    sweep_every: int = Field(15, ge=1)  # seconds between two sweeps
    job_attempts: int = Field(5, ge=1)
    gc_after: int = Field(24 * 3600, ge=0)  # seconds until garbage is removed from S3 and MongoDB
    organisation_jobs: int = Field(16, ge=1)  # of one organisation in the broker; the others wait for dispatch
    heavy_bytes: int = Field(64 * 1024**2, ge=1)  # from this size on a sales file is a large one
    heavy_jobs: int | None = Field(None, ge=1)  # of large files, at the same time; None: one fewer than Glider workers
    # The ECB's reference rates of all days, fetched once a day; empty: only those that come with OAS, or are loaded.
    rates_url: str = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist.zip"
    google_api_key: SecretStr = SecretStr("")
    google_credentials_file: str = ""
    google_endpoint: str = ""  # empty: Google's own
    link_hosts_allowed: Names = ()  # host:port of inside addresses that links may name; http too
    link_downloads: int = Field(3, ge=1)  # at the same time; fewer than the workers of links have processes
    link_least_speed: int = Field(1024, ge=0)  # bytes a second that a host must send; 0: any speed
    link_speed_window: float = Field(30.0, gt=0)  # seconds of waiting over which the speed is measured
    link_files: int = Field(10_000, ge=1)  # in one folder with its sub-folders
    link_depth: int = Field(20, ge=1)  # of sub-folders
    partner_secret_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()  # Fernet keys; the first encrypts, all decrypt
    partner_public_urls: Names = ()  # addresses that partners sign their requests for, beside the one they ask
    partner_requests_per_minute: int = Field(6000, ge=1)  # of one consumer key
    link_backoff: float = Field(1.0, ge=0)  # seconds, doubled and spread at random, between two attempts

    @field_validator("allowed_hosts", "cors_origins", "link_hosts_allowed", "partner_public_urls", mode="before")
    @classmethod
    def _split_names(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("partner_secret_keys", mode="before")
    @classmethod
    def _split_keys(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("partner_secret_keys")
    @classmethod
    def _fernet_form(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if not all(re.fullmatch(r"[A-Za-z0-9_-]{43}=", key.get_secret_value()) for key in value):
            raise ValueError("must be 32 random bytes in URL-safe base64 (several are separated by commas)")
        return value

    @field_validator("database_url")
    @classmethod
    def _database_scheme(cls, value: SecretStr) -> SecretStr:
        return _with_scheme(value, "postgresql://", "postgres://")

    @field_validator("secret_key")
    @classmethod
    def _secret_length(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < 50:
            raise ValueError("must have at least 50 characters")
        return value

    @field_validator("url", "callback_url", "google_endpoint", "rates_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/")

    @property
    def webhook_address(self) -> str:
        """The URL to which Glider sends notifications."""
        return self.callback_url or f"{self.url}/api/webhooks/glider/"


def _with_scheme(value: SecretStr, *schemes: str) -> SecretStr:
    if not value.get_secret_value().startswith(schemes):
        raise ValueError("must start with " + " or ".join(schemes))
    return value


def _is_webhook_secret(secret: str) -> bool:
    """Whether `secret` is one of Standard Webhooks: `whsec_` and 24 to 64 bytes in base64."""
    import base64
    import binascii

    if not secret.startswith("whsec_"):
        return False
    try:
        return 24 <= len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) <= 64
    except (binascii.Error, ValueError):
        return False


C = TypeVar("C", bound=GliderConfig)


def load(kind: type[C]) -> C:
    """Read settings of `kind` from the environment. Raises `ConfigError` naming every missing or bad one."""
    try:
        return kind()
    except ValidationError as error:
        raise ConfigError(" ".join(_sentence(problem) for problem in error.errors())) from None


def _sentence(problem: Any) -> str:
    name = PREFIX + str(problem["loc"][0]).upper()
    if problem["type"] == "missing":
        return f"{name} is missing: set it, or {name}_FILE to a file that holds it."
    return f"{name} is bad: {problem['msg'].removeprefix('Value error, ')}."


@lru_cache(maxsize=1)
def glider_config() -> GliderConfig:
    """The settings of this process, without those that only OAS needs. Raises `ConfigError`."""
    return load(GliderConfig)


@lru_cache(maxsize=1)
def config() -> Config:
    """All settings of this process. Raises `ConfigError`."""
    return load(Config)
