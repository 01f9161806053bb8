"""The one typed file of settings that a site may change, read from the environment or from `.env`."""

from __future__ import annotations

import os
import secrets
from datetime import date
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

BASE_DIR = Path(__file__).resolve().parent.parent


class Env(BaseSettings):
    """What the person who runs the product decides. Each value is an environment variable with the prefix QINGQU_."""

    model_config = SettingsConfigDict(env_prefix="QINGQU_", env_file=BASE_DIR / ".env", extra="ignore")

    production: bool = False
    """True on a school's server: sample accounts are refused, cookies are secure, hosts must be named."""
    var_dir: Path = BASE_DIR / "var"
    """Where the database, uploaded files and the secret key live."""
    database_url: str = Field("", validation_alias="DATABASE_URL")
    """Empty: SQLite in var_dir. Otherwise e.g. postgres://user:password@host:5432/name."""
    allowed_hosts: list[str] = ["127.0.0.1", "localhost", "[::1]"]
    trusted_origins: list[str] = []
    https: bool = False
    """True behind a TLS proxy: secure cookies, HSTS."""
    trusted_proxies: list[IPv4Network | IPv6Network] = []
    """Addresses or networks of the proxies in front, whose X-Forwarded-For says where a visitor comes from. Empty: the
    header is never read, and all visitors of a proxy count as one address."""
    secret_key: str = ""
    today: date | None = None
    """Pretend that today is this day (for demonstrations and tests)."""
    web_threads: int = 4
    web_workers: int = 1
    bind: str = "127.0.0.1:8000"
    log_origin: str = "qingqu.local/log"
    """Name of this site's tamper-evident log (the first line of every checkpoint)."""
    signer_dir: Path | None = None
    """The folder of a signer under another account of this machine (`qingqu sign`), which we may read but not write.
    Empty: the background worker signs with a key of its own in var_dir, which stops nobody who owns the machine."""

    watched_folder: Path | None = None
    """Where other systems put files for the tables, in folders named by table (DS1) or school and table (YC5Z/DS1).
    Empty: nothing is watched."""

    @classmethod
    def read(cls) -> Env:
        """The settings of this site."""
        return cls.model_validate({})

    def key(self) -> str:
        """The secret key: from the environment, or made once and kept in var_dir, readable by its owner only."""
        if self.secret_key:
            return self.secret_key
        file = self.var_dir / "secret_key"
        if not file.exists():
            self.var_dir.mkdir(parents=True, exist_ok=True)
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as out:
                out.write(secrets.token_urlsafe(48))
        return file.read_text().strip()
