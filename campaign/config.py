"""Settings read once from the environment; a start is refused with every mistake named at the same time."""

from __future__ import annotations

import base64
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.utils import parseaddr
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
"""Where `templates/`, `static/`, `migrations/` and `instance/` live."""


P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
"""How each public key over P-256 begins, before the 64 bytes of its point (RFC 5480)."""

Choice = TypeVar("Choice", bound=StrEnum)


class MailTransport(StrEnum):
    CONSOLE = "console"
    SMTP = "smtp"
    SENDGRID = "sendgrid"


class SmtpSecurity(StrEnum):
    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class SettingsError(Exception):
    """The environment cannot be used; the message lists every missing or absurd value."""

    def __init__(self, mistakes: list[str]) -> None:
        self.mistakes = mistakes
        super().__init__("La configuration est à corriger :\n" + "\n".join(f"- {m}" for m in mistakes))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting of the contract, with the value used on one machine when nothing is said."""

    database_url: str
    secret_key: str = field(repr=False)
    public_url: str = "http://127.0.0.1:8000"
    mail_transport: MailTransport = MailTransport.CONSOLE
    mail_from: str = "Grande semaine des tout-petits <bonjour@exemple.invalid>"
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    smtp_security: SmtpSecurity = SmtpSecurity.STARTTLS
    sendgrid_api_key: str = field(default="", repr=False)
    sendgrid_api_url: str = "https://api.sendgrid.com"
    sendgrid_webhook_public_key: str = ""
    mail_rate_per_minute: int = 100
    mail_rate_per_domain: int = 30
    mail_batch_size: int = 50
    mail_lines: int = 4
    """Where several gain (`jobs.count_lines`): 90, 145, 190, 226 and 240 letters a
    second left with 1, 2, 3, 4 and 6. Some mail servers allow fewer: Microsoft 365 takes three."""
    mail_dkim_selector: str = ""
    """The name of the signing key, when it is not a usual one: `SELECTOR._domainkey.exemple.ca`."""
    dns_server: str = ""
    """Asked about the sending domain instead of the machine's own: `192.0.2.53`, `192.0.2.53:5353`."""
    redis_url: str = ""
    upload_dir: Path = ROOT / "instance" / "uploads"
    trusted_proxies: int = 0
    instance_dir: Path = ROOT / "instance"
    is_testing: bool = False

    @property
    def is_secure(self) -> bool:
        """The site is reached over https, so cookies say so."""
        return self.public_url.startswith("https://")

    @classmethod
    def from_environment(cls, env: Mapping[str, str], *, instance_dir: Path = ROOT / "instance") -> Settings:
        """Read every setting; raise `SettingsError` listing all that cannot be used."""
        reader = _Reader(env)
        transport = reader.choice("MAIL_TRANSPORT", MailTransport, MailTransport.CONSOLE)
        public_url = reader.url("PUBLIC_URL", cls.public_url).rstrip("/")
        settings = cls(
            database_url=reader.database("DATABASE_URL", f"sqlite:///{instance_dir / 'pavois.sqlite3'}"),
            secret_key=reader.secret("SECRET_KEY", is_required=public_url.startswith("https://")),
            public_url=public_url,
            mail_transport=transport,
            mail_from=reader.address("MAIL_FROM", cls.mail_from),
            smtp_host=reader.needed_when("SMTP_HOST", transport is MailTransport.SMTP, "MAIL_TRANSPORT=smtp"),
            smtp_port=reader.number("SMTP_PORT", cls.smtp_port, lowest=1, highest=65535),
            smtp_user=reader.text("SMTP_USER", ""),
            smtp_password=reader.text("SMTP_PASSWORD", ""),
            smtp_security=reader.choice("SMTP_SECURITY", SmtpSecurity, SmtpSecurity.STARTTLS),
            sendgrid_api_key=reader.api_key(
                "SENDGRID_API_KEY", transport is MailTransport.SENDGRID, "MAIL_TRANSPORT=sendgrid"
            ),
            sendgrid_api_url=reader.url("SENDGRID_API_URL", cls.sendgrid_api_url).rstrip("/"),
            sendgrid_webhook_public_key=reader.public_key("SENDGRID_WEBHOOK_PUBLIC_KEY"),
            mail_rate_per_minute=reader.number("MAIL_RATE_PER_MINUTE", cls.mail_rate_per_minute, lowest=1),
            mail_rate_per_domain=reader.number("MAIL_RATE_PER_DOMAIN", cls.mail_rate_per_domain, lowest=1),
            mail_batch_size=reader.number("MAIL_BATCH_SIZE", cls.mail_batch_size, lowest=1, highest=1000),
            mail_lines=reader.number("MAIL_LINES", cls.mail_lines, lowest=1, highest=8),
            mail_dkim_selector=reader.label("MAIL_DKIM_SELECTOR"),
            dns_server=reader.server("DNS_SERVER"),
            redis_url=reader.redis("REDIS_URL"),
            upload_dir=Path(reader.text("UPLOAD_DIR", str(instance_dir / "uploads"))),
            trusted_proxies=reader.number("TRUSTED_PROXIES", 0, lowest=0, highest=10),
            instance_dir=instance_dir,
        )
        if transport is not MailTransport.CONSOLE and not env.get("MAIL_FROM", "").strip():
            reader.mistakes.append(
                "MAIL_FROM : inscrivez l’adresse d’expéditeur, par exemple « bonjour@exemple.ca »."
            )
        if reader.mistakes:
            raise SettingsError(reader.mistakes)
        return settings if settings.secret_key else replace(settings, secret_key=local_secret(instance_dir))


def local_secret(instance_dir: Path) -> str:
    """The secret of this machine, made at the first start and shared by the web server and the worker.

    Enough for one machine reached over http; over https, `SECRET_KEY` has to be given.
    """
    file = instance_dir / "secret_key"
    instance_dir.mkdir(parents=True, exist_ok=True)
    draft = instance_dir / f"secret_key.{secrets.token_hex(8)}"
    if not file.exists():
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32), encoding="ascii")
        try:
            os.link(draft, file)  # of two first starts, one wins and both read the same
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text(encoding="ascii").strip()


class _Reader:
    """Reads values one by one and remembers what is wrong, so that all of it is said at once."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = env
        self.mistakes: list[str] = []

    def text(self, name: str, default: str) -> str:
        value = self.env.get(name, "").strip()
        if any(ord(c) < 32 for c in value):
            self.mistakes.append(f"{name} : la valeur contient un caractère de contrôle.")
        return value or default

    def needed_when(self, name: str, is_needed: bool, why: str) -> str:
        value = self.text(name, "")
        if is_needed and not value:
            self.mistakes.append(f"{name} : cette valeur est nécessaire avec {why}.")
        return value

    def api_key(self, name: str, is_needed: bool, why: str) -> str:
        """It travels in a header, where other letters would stop each message as it leaves."""
        value = self.needed_when(name, is_needed, why)
        if not value.isascii() or " " in value:
            self.mistakes.append(f"{name} : copiez la clé de nouveau, un caractère n’est pas d’une clé.")
        return value

    def secret(self, name: str, *, is_required: bool) -> str:
        value = self.env.get(name, "").strip()
        if not value and is_required:
            self.mistakes.append(f"{name} : inscrivez une valeur secrète d’au moins 32 caractères.")
        elif value and len(value) < 16:
            self.mistakes.append(f"{name} : la valeur est trop courte (au moins 16 caractères, mieux 32).")
        return value

    def number(self, name: str, default: int, *, lowest: int, highest: int | None = None) -> int:
        value = self.env.get(name, "").strip()
        if not value:
            return default
        try:
            number = int(value)
        except ValueError:
            self.mistakes.append(f"{name} : « {value} » n’est pas un nombre entier.")
            return default
        if number < lowest or (highest is not None and number > highest):
            limits = f"au moins {lowest}" if highest is None else f"entre {lowest} et {highest}"
            self.mistakes.append(f"{name} : {number} est hors limites ({limits}).")
        return number

    def choice(self, name: str, kind: type[Choice], default: Choice) -> Choice:
        value = self.env.get(name, "").strip().lower()
        if not value:
            return default
        try:
            return kind(value)
        except ValueError:
            known = ", ".join(member.value for member in kind)
            self.mistakes.append(f"{name} : « {value} » est inconnu. Choisissez parmi : {known}.")
            return default

    def url(self, name: str, default: str) -> str:
        value = self.text(name, default)
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or " " in value:
            self.mistakes.append(f"{name} : « {value} » n’est pas une adresse complète (https://…).")
        return value

    def address(self, name: str, default: str) -> str:
        """« bonjour@exemple.ca », or « Le Collectif <bonjour@exemple.ca> »."""
        value = self.text(name, default)
        _shown_name, address = parseaddr(value)
        local, _at, domain = address.rpartition("@")
        if not local or not domain:
            self.mistakes.append(f"{name} : « {value} » n’est pas une adresse courriel.")
        return value

    def public_key(self, name: str) -> str:
        """A P-256 key in base64, as SendGrid shows it, or between the lines of a PEM file, left out."""
        lines = [line.strip() for line in self.env.get(name, "").replace("\\n", "\n").splitlines()]
        value = "".join(line for line in lines if not line.startswith("-----"))
        try:
            key = base64.b64decode(value, validate=True)
        except ValueError:
            key = b"?"
        if key and (len(key), key[: len(P256)]) != (len(P256) + 64, P256):
            self.mistakes.append(f"{name} : copiez telle quelle la clé publique que SendGrid montre.")
        return value

    def label(self, name: str) -> str:
        """Part of a name in the DNS: letters, digits, hyphens, dots."""
        value = self.text(name, "")
        if value and not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", value):
            self.mistakes.append(f"{name} : « {value} » n’est pas un sélecteur (lettres, chiffres, tirets).")
        return value

    def server(self, name: str) -> str:
        """« 192.0.2.53 », « 192.0.2.53:5353 », « [2001:db8::53]:5353 »."""
        value = self.text(name, "")
        if value:
            try:
                place = urlsplit(f"//{value}")
                ip_address(place.hostname or "")
                _port = place.port
            except ValueError:
                self.mistakes.append(f"{name} : « {value} » n’est pas l’adresse IP d’un serveur DNS.")
        return value

    def redis(self, name: str) -> str:
        value = self.text(name, "")
        if value and urlsplit(value).scheme not in ("redis", "rediss", "redis+unix", "redis+sentinel"):
            self.mistakes.append(f"{name} : utilisez redis://… ou rediss://…")
        return value

    def database(self, name: str, default: str) -> str:
        value = self.text(name, default)
        scheme = value.partition(":")[0]
        if scheme in ("postgres", "postgresql"):
            return "postgresql+psycopg" + value[len(scheme) :]
        if scheme not in ("sqlite", "postgresql+psycopg"):
            self.mistakes.append(f"{name} : utilisez sqlite:///… ou postgresql://…")
        return value
