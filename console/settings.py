"""The settings, and what each of them may be: a wrong one is a clear line that names its variable."""

import logging
import re
from datetime import time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.exc import ArgumentError

from console.errors import CommandError
from domain.rules.policy import Policy
from messages.render import LOCALES
from models import keyring
from models.session import Database, async_url


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("is not a time zone such as Asia/Shanghai") from error
    return value


def _known_locale(value: str) -> str:
    if value not in LOCALES:
        raise ValueError(f"must be {' or '.join(LOCALES)}")
    return value


def _token_shape(value: str) -> str:
    if value and not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", value):
        raise ValueError("does not look like a bot token (123456:ABC…)")
    return value


def _url_shape(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return value.rstrip("/")


def _database_shape(value: str) -> str:
    if not value:
        return value
    try:
        async_url(value)
    except ArgumentError as error:
        # The library's own words would repeat the address, with its password.
        raise ValueError("is not an address such as postgresql://user:password@host/name") from error
    return value


def _clock_time(value: str) -> str:
    hour, colon, minute = value.partition(":")
    if not (colon and hour.isdecimal() and minute.isdecimal() and len(minute) == 2):
        raise ValueError("must be a time of day such as 08:00")
    try:
        time(int(hour), int(minute))
    except ValueError as error:
        raise ValueError("must be a time of day such as 08:00") from error
    return value


def _known_level(value: str) -> str:
    if value.upper() not in logging.getLevelNamesMapping():
        raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
    return value.upper()


class Settings(BaseSettings):
    """The settings, from the environment (`SUOZI_…`) or a file `.env`."""

    model_config = SettingsConfigDict(env_prefix="SUOZI_", env_file=".env", extra="ignore")

    bot_token: Annotated[str, AfterValidator(_token_shape)] = ""
    bot_api_url: Annotated[str, AfterValidator(_url_shape)] = "https://api.telegram.org"
    database_url: Annotated[str, AfterValidator(_database_shape)] = ""
    timezone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Shanghai"
    locale: Annotated[str, AfterValidator(_known_locale)] = "zh"
    data_dir: Path = Path("data")
    secret_keys: str = ""
    messages_per_second: int = Field(default=30, ge=0)
    digest_at: Annotated[str, AfterValidator(_clock_time)] = "08:00"
    log_level: Annotated[str, AfterValidator(_known_level)] = "INFO"

    @property
    def embedded_file(self) -> Path:
        """Where the embedded database is, whether or not it is the one in use."""
        return self.data_dir / "suozi.db"

    @property
    def key_file(self) -> Path:
        """Where the key is kept that the program made itself."""
        return self.data_dir / "secret.key"

    def policy(self) -> Policy:
        """The county's figures."""
        hour, minute = self.digest_at.split(":")
        return Policy(zone=ZoneInfo(self.timezone), digest_at=time(int(hour), int(minute)))

    def open_database(self) -> Database:
        """The database that is set, or the embedded one. Raises CommandError."""
        if not self.database_url:
            self._make_data_dir()
        return Database(self.database_url or f"sqlite:///{self.embedded_file}")

    def open_keyring(self) -> keyring.Keyring:
        """The keys that are set; without any, one is made and kept beside the embedded database.

        Raises CommandError.
        """
        try:
            if self.secret_keys:
                return keyring.Keyring([key.strip() for key in self.secret_keys.split(",") if key.strip()])
        except ValueError as error:
            raise CommandError(f"SUOZI_SECRET_KEYS: {error}") from error
        self._make_data_dir()
        try:
            if not self.key_file.exists():
                self.key_file.touch(mode=0o600)
                self.key_file.write_text(keyring.new_key())
            return keyring.Keyring([self.key_file.read_text().strip()])
        except (OSError, ValueError) as error:
            raise CommandError(f"SUOZI_DATA_DIR: the key in {self.key_file} cannot be used: {error}") from error

    def _make_data_dir(self) -> None:
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CommandError(f"SUOZI_DATA_DIR: {self.data_dir} cannot be made: {error.strerror}") from error


def read_settings() -> Settings:
    """The settings as they are set. Raises CommandError with a line for each wrong one."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"SUOZI_{'_'.join(str(part) for part in problem['loc']).upper()}: "
            f"{problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors(include_input=False, include_url=False)
        ]
        raise CommandError("\n".join(lines)) from None
