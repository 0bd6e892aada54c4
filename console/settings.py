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
from domain.rules.register import RegisterItem
from messages.render import LOCALES
from models import keyring
from models.household import Tier
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


def _time(value: str) -> time:
    hour, colon, minute = value.partition(":")
    try:
        if not (colon and hour.isdecimal() and minute.isdecimal() and len(minute) == 2):
            raise ValueError
        return time(int(hour), int(minute))
    except ValueError as error:
        raise ValueError("must be a time of day such as 08:00") from error


def _clock_time(value: str) -> str:
    _time(value)
    return value


def _hours(value: str) -> tuple[time, time]:
    """The two ends of "21:00-07:00". Raises ValueError."""
    begin, dash, end = value.partition("-")
    if not dash:
        raise ValueError("must be two times of day such as 21:00-07:00")
    return _time(begin.strip()), _time(end.strip())


def _quiet_hours(value: str) -> str:
    _hours(value)
    return value


def _days_by_tier(value: str) -> dict[Tier, int]:
    """The days of "2,7,14": key, watch, ordinary. Raises ValueError."""
    days = [part.strip() for part in value.split(",")]
    if len(days) != len(Tier) or not all(day.isdecimal() and 0 < int(day) < 366 for day in days):
        raise ValueError("must be three numbers of days, for key, watch and ordinary, such as 2,7,14")
    return dict(zip(Tier, map(int, days), strict=True))


def _late_days(value: str) -> str:
    _days_by_tier(value)
    return value


def _items(value: str) -> frozenset[str]:
    """The items of "people_count,contact". Raises ValueError."""
    items = frozenset(part.strip() for part in value.split(",") if part.strip())
    unknown = items - {item.value for item in RegisterItem}
    if unknown:
        known = ", ".join(item.value for item in RegisterItem)
        raise ValueError(f"knows no {', '.join(sorted(unknown))}; there are: {known}")
    return items


def _register_items(value: str) -> str:
    _items(value)
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
    quiet_hours: Annotated[str, AfterValidator(_quiet_hours)] = "21:00-07:00"
    late_days: Annotated[str, AfterValidator(_late_days)] = "2,7,14"
    ordinary_months: int = Field(default=3, ge=1, le=12)
    retry_days: int = Field(default=2, ge=1, le=30)
    refused_days: int = Field(default=7, ge=1, le=60)
    nobody_home_limit: int = Field(default=3, ge=1, le=20)
    key_review_days: int = Field(default=90, ge=1, le=366)
    invite_hours: int = Field(default=24, ge=1, le=720)
    draft_hours: int = Field(default=24, ge=1, le=720)
    register_items: Annotated[str, AfterValidator(_register_items)] = "people_count,situation,contact,needs,composition"
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
        quiet_from, quiet_until = _hours(self.quiet_hours)
        return Policy(
            zone=ZoneInfo(self.timezone),
            ordinary_months=self.ordinary_months,
            retry_days=self.retry_days,
            refused_days=self.refused_days,
            nobody_home_limit=self.nobody_home_limit,
            key_review_days=self.key_review_days,
            digest_at=_time(self.digest_at),
            quiet_from=quiet_from,
            quiet_until=quiet_until,
            late_days=_days_by_tier(self.late_days),
            invite_hours=self.invite_hours,
            draft_hours=self.draft_hours,
            register_items=_items(self.register_items),
        )

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
