"""The settings, and what each of them may be: a wrong one is a clear line that names its variable."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from console import values
from console.errors import CommandError
from console.values import read_by
from domain.rules.policy import Policy
from domain.usecases.incidents import Listener
from models import keyring
from models.session import Database, async_url

_BEHIND_A_PROXY = "127.0.0.1:8080"


class Settings(BaseSettings):
    """The settings, from the environment (`SUOZI_…`) or a file `.env`."""

    model_config = SettingsConfigDict(env_prefix="SUOZI_", env_file=".env", extra="ignore")

    bot_token: Annotated[str, AfterValidator(values.token)] = ""
    bot_api_url: Annotated[str, AfterValidator(values.url)] = "https://api.telegram.org"
    webhook_url: Annotated[str, AfterValidator(values.webhook_url)] = ""
    webhook_secret: Annotated[str, AfterValidator(values.webhook_secret), Field(validate_default=True)] = ""
    listen: Annotated[str, AfterValidator(read_by(values.listen))] = ""
    database_url: Annotated[str, AfterValidator(values.database)] = ""
    timezone: Annotated[str, AfterValidator(read_by(values.zone))] = "Asia/Shanghai"
    locale: Annotated[str, AfterValidator(values.locale)] = "zh"
    data_dir: Path = Path("data")
    secret_keys: str = ""
    messages_per_second: int = Field(default=30, ge=0)
    digest_at: Annotated[str, AfterValidator(read_by(values.clock_time))] = "08:00"
    quiet_hours: Annotated[str, AfterValidator(read_by(values.hours))] = "21:00-07:00"
    late_days: Annotated[str, AfterValidator(read_by(values.days_by_tier))] = "2,7,14"
    ordinary_months: int = Field(default=3, ge=1, le=12)
    retry_days: int = Field(default=2, ge=1, le=30)
    refused_days: int = Field(default=7, ge=1, le=60)
    nobody_home_limit: int = Field(default=3, ge=1, le=20)
    key_review_days: int = Field(default=90, ge=1, le=366)
    invite_hours: int = Field(default=24, ge=1, le=720)
    term_years: int = Field(default=3, ge=1, le=10)
    draft_hours: int = Field(default=24, ge=1, le=720)
    lead_catalogue: Annotated[str, AfterValidator(read_by(values.catalogue))] = ""
    alert_chains: Annotated[str, AfterValidator(read_by(values.chains))] = ""
    mediation_ladder: Annotated[str, AfterValidator(read_by(values.ladder))] = ""
    retention: Annotated[str, AfterValidator(read_by(values.retention))] = ""
    duplicate_days: int = Field(default=30, ge=1, le=366)
    details_minutes: int = Field(default=10, ge=1, le=1440)  # Telegram lets a bot delete for 48 hours
    revisit_days: Annotated[str, AfterValidator(read_by(values.revisit_days))] = "7,30"
    referral_days: int = Field(default=14, ge=1, le=366)
    whistle_hours: int = Field(default=24, ge=1, le=720)
    glass_minutes: int = Field(default=30, ge=1, le=240)
    register_items: Annotated[str, AfterValidator(read_by(values.register_items))] = (
        "people_count,situation,contact,needs,composition"
    )
    alarm_chat: Annotated[str, AfterValidator(values.chat)] = ""
    log_level: Annotated[str, AfterValidator(values.log_level)] = "INFO"

    @property
    def embedded_file(self) -> Path:
        """Where the embedded database is, whether or not it is the one in use."""
        return self.data_dir / "suozi.db"

    @property
    def key_file(self) -> Path:
        """Where the key is kept that the program made itself."""
        return self.data_dir / "secret.key"

    @property
    def listens_at(self) -> tuple[str, int] | None:
        """The host and port of the webhook and the probes; None: nothing is served."""
        return values.listen(self.listen or (_BEHIND_A_PROXY if self.webhook_url else ""))

    @property
    def operator(self) -> Listener | None:
        """The chat that hears alarms, if the installation names one."""
        return Listener(int(self.alarm_chat), self.locale) if self.alarm_chat else None

    def policy(self) -> Policy:
        """The county's figures."""
        quiet_from, quiet_until = values.hours(self.quiet_hours)
        return Policy(
            zone=values.zone(self.timezone),
            ordinary_months=self.ordinary_months,
            retry_days=self.retry_days,
            refused_days=self.refused_days,
            nobody_home_limit=self.nobody_home_limit,
            key_review_days=self.key_review_days,
            digest_at=values.clock_time(self.digest_at),
            quiet_from=quiet_from,
            quiet_until=quiet_until,
            late_days=values.days_by_tier(self.late_days),
            invite_hours=self.invite_hours,
            term_years=self.term_years,
            draft_hours=self.draft_hours,
            catalogue=values.catalogue(self.lead_catalogue),
            chains=values.chains(self.alert_chains),
            ladder=values.ladder(self.mediation_ladder),
            retention=values.retention(self.retention),
            duplicate_days=self.duplicate_days,
            details_minutes=self.details_minutes,
            revisit_days=values.revisit_days(self.revisit_days),
            referral_days=self.referral_days,
            whistle_hours=self.whistle_hours,
            glass_minutes=self.glass_minutes,
            register_items=values.register_items(self.register_items),
        )

    def open_database(self) -> Database:
        """The database that is set, or the embedded one. Raises CommandError."""
        if not self.database_url:
            self._make_data_dir()
        return Database(self.database_url or f"sqlite:///{self.embedded_file}")

    def open_keyring(self) -> keyring.Keyring:
        """The keys that are set; without any, one is made and kept beside the embedded database.

        Raises CommandError. For a server none is made: another replica would make another one, and in a container it is
        gone at the next start, and with it all that it has encrypted.
        """
        try:
            if self.secret_keys:
                return keyring.Keyring([key.strip() for key in self.secret_keys.split(",") if key.strip()])
        except ValueError as error:
            raise CommandError(f"SUOZI_SECRET_KEYS: {error}") from error
        at_a_server = self.database_url and not async_url(self.database_url).startswith("sqlite")
        if at_a_server and not self.key_file.exists():
            raise CommandError("SUOZI_SECRET_KEYS: is needed with PostgreSQL, the same for every replica")
        self._make_data_dir()
        try:
            if not self.key_file.exists():
                self._make_key()
            return keyring.Keyring([self.key_file.read_text().strip()])
        except (OSError, ValueError) as error:
            raise CommandError(f"SUOZI_DATA_DIR: the key in {self.key_file} cannot be used: {error}") from error

    def _make_key(self) -> None:
        # Whole and on the disk, or not at all: what it encrypts from now on is read with nothing else.
        part = self.key_file.with_name(self.key_file.name + ".part")
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        with part.open("w", encoding="ascii") as written:
            written.write(keyring.new_key())
            written.flush()
            os.fsync(written.fileno())
        part.replace(self.key_file)

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
