"""Settings: read once from the environment (prefix GELOMBANG_), typed, and refused loudly when wrong."""
# Long because: every setting of an installation stands in one file.

from __future__ import annotations

import ipaddress
import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

from app.crypto import KeyProblem, Keys
from app.periods import Periods

T = TypeVar("T")

PREFIX = "GELOMBANG_"
ENVIRONMENTS = ("development", "test", "production")
PUSH_HOSTS = (
    "fcm.googleapis.com",
    "jmt17.google.com",  # what Chromium without Google's branding gets
    "updates.push.services.mozilla.com",
    "*.push.apple.com",
    "*.notify.windows.com",
)
#: Relays of the League of Entropy. What they say is accepted by its signature alone, never because of who said it.
DRAND_RELAYS = (
    "https://api.drand.sh",
    "https://api2.drand.sh",
    "https://api3.drand.sh",
    "https://drand.cloudflare.com",
)

#: Options of a rediss:// address that could switch the check of the certificate off.
WITHOUT_CHECK = {"ssl_cert_reqs", "ssl_check_hostname"}


class SettingsProblem(Exception):
    """A setting is missing or wrong; the message names it and says what to write."""


@dataclass(frozen=True)
class Settings:
    """Everything that differs between one installation and another."""

    environment: str
    keys: Keys
    var: Path
    database_url: str = field(repr=False)  # these three may hold a password
    redis_url: str = field(repr=False)
    public_url: str
    staff_url: str
    mail_url: str = field(repr=False)
    mail_sender: str
    push_contact: str
    push_hosts: tuple[str, ...]
    push_loopback: bool
    senders: int
    proxies: int
    posko_networks: tuple[str, ...]
    drand_relays: tuple[str, ...]
    inspectorate_email: tuple[str, ...]
    managers_email: tuple[str, ...]
    ladder: str
    sms_url: str
    sms_token: str = field(repr=False)
    sms_sender: str
    sms_timeout: int
    sms_per_day: int
    broadcast_alone: int
    keep: Periods
    backup_to: str
    metrics_token: str = field(repr=False)
    audit_mail_hour: int

    @property
    def https(self) -> bool:
        """Whether people reach us over TLS: decides cookie names, Secure flags and HSTS."""
        return self.public_url.startswith("https://")

    @property
    def public_host(self) -> str:
        """The host that is printed on paper, such as gelombang.lumajangkab.go.id."""
        return urlsplit(self.public_url).netloc

    @property
    def staff_host(self) -> str:
        """A host of its own for /petugas, or empty when both areas share one."""
        return urlsplit(self.staff_url).netloc

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read and check the settings; raises SettingsProblem with the first thing that is wrong."""
        # Long because: one line for each setting.
        read = _Reader(environ)
        environment = read.one_of("ENVIRONMENT", ENVIRONMENTS, "production")
        production = environment == "production"
        var = Path(read.text("VAR", "var")).absolute()
        local = None if production else "http://127.0.0.1:8000"
        settings = cls(
            environment=environment,
            keys=_keys(read, var, production),
            var=var,
            database_url=read.text("DATABASE_URL", f"sqlite:///{var / 'gelombang.db'}"),
            redis_url=read.text("REDIS_URL", ""),
            public_url=read.url("PUBLIC_URL", local),
            staff_url=read.url("STAFF_URL", ""),
            mail_url=read.text("MAIL_URL", None if production else f"file://{var / 'mail'}"),
            mail_sender=read.text("MAIL_SENDER", None if production else "gelombang@example.org"),
            push_contact=read.text("PUSH_CONTACT", None if production else "mailto:gelombang@example.org"),
            push_hosts=tuple(read.text("PUSH_HOSTS", " ".join(PUSH_HOSTS)).split()),
            push_loopback=read.boolean("PUSH_LOOPBACK", False),
            senders=read.within("SENDERS", _cores(), 0, 64),
            proxies=read.number("PROXIES", 0),
            posko_networks=tuple(read.text("POSKO_NETWORKS", "").split()),
            drand_relays=tuple(read.text("DRAND_RELAYS", " ".join(DRAND_RELAYS)).split()),
            inspectorate_email=read.addresses("INSPECTORATE_EMAIL"),
            managers_email=read.addresses("MANAGERS_EMAIL"),
            ladder=read.text("LADDER", ""),
            sms_url=read.text("SMS_URL", ""),
            sms_token=read.text("SMS_TOKEN", ""),
            sms_sender=read.text("SMS_SENDER", ""),
            sms_timeout=read.number("SMS_TIMEOUT", 10),
            sms_per_day=read.number("SMS_PER_DAY", 500),
            broadcast_alone=read.within("BROADCAST_ALONE", 500, 0, 1_000_000),
            keep=Periods.read(lambda name, days: read.within(f"KEEP_{name.upper()}_DAYS", days, 1, 36_500)),
            backup_to=read.text("BACKUP_TO", ""),
            metrics_token=read.text("METRICS_TOKEN", ""),
            audit_mail_hour=read.within("AUDIT_MAIL_HOUR", 18, 0, 23),
        )
        _refuse_half_a_gateway(settings)
        if production:
            _refuse_what_production_must_not_have(settings, environ)
        return settings


class _Reader:
    """Typed look-ups, each also as NAME_FILE, so that a secret need not stand in the environment."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str, default: str | None) -> str:
        value = self._environ.get(PREFIX + name)
        path = self._environ.get(f"{PREFIX}{name}_FILE")
        if value is not None and path is not None:
            raise SettingsProblem(f"set {PREFIX}{name} or {PREFIX}{name}_FILE, not both")
        if path is not None:
            try:
                value = Path(path).read_text().strip()
            except OSError as error:
                raise SettingsProblem(f"{PREFIX}{name}_FILE: cannot read {path}") from error
        if value is None:
            if default is None:
                raise SettingsProblem(f"{PREFIX}{name} is not set")
            return default
        return value

    def _parsed(self, name: str, default: str, parse: Callable[[str], T], what: str) -> T:
        value = self.text(name, default)
        try:
            return parse(value)
        except (ValueError, KeyError) as error:
            raise SettingsProblem(f"{PREFIX}{name} must be {what}, not {value!r}") from error

    def number(self, name: str, default: int) -> int:
        return self._parsed(name, str(default), int, "a whole number")

    def within(self, name: str, default: int, least: int, most: int) -> int:
        value = self.number(name, default)
        if not least <= value <= most:
            raise SettingsProblem(f"{PREFIX}{name} must be {least} to {most}, not {value}")
        return value

    def boolean(self, name: str, default: bool) -> bool:
        words = {"1": True, "yes": True, "true": True, "0": False, "no": False, "false": False}
        return self._parsed(name, "yes" if default else "no", lambda t: words[t.lower()], "yes or no")

    def one_of(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.text(name, default)
        if value not in allowed:
            raise SettingsProblem(f"{PREFIX}{name} must be one of {', '.join(allowed)}, not {value!r}")
        return value

    def addresses(self, name: str) -> tuple[str, ...]:
        """Email addresses, separated by spaces; none is fine."""
        found = tuple(self.text(name, "").split())
        if not all(one.count("@") == 1 and one.isascii() and not set(one) & set('<>,;"()') for one in found):
            raise SettingsProblem(f"{PREFIX}{name} must be email addresses separated by spaces")
        return found

    def url(self, name: str, default: str | None) -> str:
        value = self.text(name, default)
        parts = urlsplit(value)
        if value and (
            parts.scheme not in ("http", "https") or not parts.netloc or parts.path not in ("", "/")
        ):
            raise SettingsProblem(
                f"{PREFIX}{name} must look like https://gelombang.example.go.id, not {value!r}"
            )
        return value.rstrip("/")


def _keys(read: _Reader, var: Path, production: bool) -> Keys:
    path = read._environ.get(f"{PREFIX}KEYS_FILE")
    if path and production:
        _refuse_a_careless_file(Path(path), var)
    default = None
    if not production and (var / "keys.json").exists():
        default = (var / "keys.json").read_text()
    try:
        return Keys.from_json(read.text("KEYS", default))
    except KeyProblem as error:
        raise SettingsProblem(f"{PREFIX}KEYS: {error}") from error


def _refuse_a_careless_file(path: Path, var: Path) -> None:
    if path.resolve().is_relative_to(var.resolve()):  # also by way of .. or of a link
        raise SettingsProblem(f"{PREFIX}KEYS_FILE must not lie beside the data in {var}")
    if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsProblem(f"{PREFIX}KEYS_FILE {path} can be read by others; chmod 600 it")


def _cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _refuse_half_a_gateway(settings: Settings) -> None:
    """SMS is off without an address; with one, everything else must be there and make sense."""
    if not settings.sms_url:
        return
    try:
        parts = urlsplit(settings.sms_url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    plain = parts.scheme == "http" and settings.environment != "production"
    if not (host and (parts.scheme == "https" or plain)) or parts.username is not None or parts.fragment:
        raise SettingsProblem(
            f"{PREFIX}SMS_URL must look like https://sms.example.go.id/send, without a password"
        )
    if not settings.sms_token.isascii() or not settings.sms_token.isprintable() or not settings.sms_token:
        raise SettingsProblem(f"{PREFIX}SMS_TOKEN must be set, in plain ASCII, when {PREFIX}SMS_URL is")
    if not re.fullmatch(r"[A-Za-z0-9 ._-]{1,11}|\+?[0-9]{3,15}", settings.sms_sender):
        raise SettingsProblem(f"{PREFIX}SMS_SENDER must be a name of up to 11 letters, or a number")
    if not 1 <= settings.sms_timeout <= 60:
        raise SettingsProblem(f"{PREFIX}SMS_TIMEOUT must be 1 to 60 seconds")
    if not 1 <= settings.sms_per_day <= 1_000_000:
        raise SettingsProblem(f"{PREFIX}SMS_PER_DAY must be 1 to 1000000")


def _refuse_what_production_must_not_have(settings: Settings, environ: Mapping[str, str]) -> None:
    if not settings.https:
        raise SettingsProblem(f"{PREFIX}PUBLIC_URL must begin with https:// in production")
    if settings.staff_url and not settings.staff_url.startswith("https://"):
        raise SettingsProblem(f"{PREFIX}STAFF_URL must begin with https:// in production")
    if not all(relay.startswith("https://") for relay in settings.drand_relays):
        raise SettingsProblem(f"{PREFIX}DRAND_RELAYS must begin with https:// in production")
    if settings.push_loopback:
        raise SettingsProblem(f"{PREFIX}PUSH_LOOPBACK is for tests only")
    if environ.get("FLASK_DEBUG", "0") not in ("", "0"):
        raise SettingsProblem("FLASK_DEBUG must be off in production")
    if not settings.mail_url.startswith(("smtp://", "smtps://")):
        raise SettingsProblem(f"{PREFIX}MAIL_URL must begin with smtp:// or smtps:// in production")
    _refuse_data_in_the_clear(settings)


def _refuse_data_in_the_clear(settings: Settings) -> None:
    """Database, queue and mail on another machine are reached by TLS, and only if its certificate fits its name (ASVS 12.3.2).

    These messages never repeat an address: there may be a password in it.
    """
    for name, scheme, url in (
        ("DATABASE_URL", "sqlite:// or postgresql://", settings.database_url),
        ("REDIS_URL", "redis://, rediss:// or unix://", settings.redis_url),
        ("MAIL_URL", "smtp:// or smtps://", settings.mail_url),
    ):
        try:
            parts = urlsplit(url)
            host, options = parts.hostname or "", dict(parse_qsl(parts.query, keep_blank_values=True))
        except ValueError:
            raise SettingsProblem(f"{PREFIX}{name} must be an address that begins with {scheme}") from None
        if parts.scheme in ("", "sqlite", "unix") or all(map(_is_here, _hosts(host, options))):
            continue
        if name == "DATABASE_URL" and options.get("sslmode") != "verify-full":
            raise SettingsProblem(
                f"{PREFIX}DATABASE_URL names another machine: add ?sslmode=verify-full&sslrootcert=FILE "
                "(the authority that signed its certificate)"
            )
        if name == "REDIS_URL" and (parts.scheme != "rediss" or WITHOUT_CHECK & set(options)):
            raise SettingsProblem(
                f"{PREFIX}REDIS_URL names another machine: it must begin with rediss:// and check the certificate"
            )
        if name == "MAIL_URL" and options.get("starttls") == "no":
            raise SettingsProblem(
                f"{PREFIX}MAIL_URL names another machine: drop starttls=no, since mails hold codes that open accounts"
            )


def _hosts(host: str, options: Mapping[str, str]) -> list[str]:
    """Every host that the address may lead to: an option of libpq goes before what stands in the address."""
    named = [options.get("hostaddr", ""), options.get("host", ""), host]
    return [one for name in named for one in name.split(",") if one]


def _is_here(host: str) -> bool:
    """A socket of this machine, or its loopback."""
    if host == "localhost" or host.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
