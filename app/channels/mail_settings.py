"""Where mail goes, read from one URL; refused loudly when wrong, and without repeating a password."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.headerregistry import Address
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "::1")
# Dot-atom of RFC 5322 and a host name: no quoted local parts, so no space, comma, quote or line end can be in it.
ADDRESS = (
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
_SENDER = re.compile(rf'(?P<bare>{ADDRESS})|(?P<name>[^\x00-\x1f\x7f<>,;:@"\\]+)<(?P<inner>{ADDRESS})>')
_FORM = (
    "mail server must look like smtp://user:password@host:587 or smtps://..., "
    "with / ? # @ : % in a password written as %2F %3F %23 %40 %3A %25"
)


@dataclass(frozen=True)
class MailSettings:
    """Where mail goes. `directory` set means: write .eml files there and speak to nobody."""

    host: str
    port: int
    starttls: bool
    tls: bool
    username: str
    password: str = field(repr=False)
    sender: str
    ca_file: Path | None = None
    directory: Path | None = None

    @classmethod
    def from_url(cls, url: str, sender: str) -> MailSettings:
        """Read a setting such as smtp://user:pw@mail.example.go.id:587 and a sender such as Name <a@b.id>.

        smtp:// speaks STARTTLS and refuses a server without it; smtps:// is TLS from the first byte (RFC 8314).
        Default ports 587 and 465. Percent-encode what is special in a password. Options: `?ca=/abs/ca.pem` trusts
        that file alone; `?starttls=no` sends in the clear, with a password only to this machine itself.
        file:///abs/folder writes .eml files instead. Raises ValueError, without the password in it.
        """
        sender_address(sender)
        parts = _split(url)
        if parts.scheme == "file":
            if parts.netloc or parts.query or not parts.path.startswith("/"):
                raise ValueError("mail address of a folder must look like file:///absolute/folder")
            folder = Path(unquote(parts.path))
            return cls("", 0, False, False, "", "", sender, directory=folder)
        tls = parts.scheme == "smtps"
        host, port, options = _server(parts)
        starttls = _starttls(options.pop("starttls", None), tls)
        ca_file = _ca_file(options.pop("ca", None))
        if options:
            raise ValueError("mail server: the options are ca and starttls")
        username, password = unquote(parts.username or ""), unquote(parts.password or "")
        if not (username + password).isascii():
            raise ValueError("mail server: user name and password must be ASCII")
        if username and not (tls or starttls) and host not in LOOPBACK:
            raise ValueError("mail server: a password may not travel in the clear; drop starttls=no")
        return cls(host, port or (465 if tls else 587), starttls, tls, username, password, sender, ca_file)


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # quotes the password too
        raise ValueError(_FORM) from None


def _server(parts: SplitResult) -> tuple[str, int | None, dict[str, str]]:
    """Host, port, options. urllib's own complaints quote the URL, and an unescaped / ? # puts the password there."""
    try:
        if parts.scheme not in ("smtp", "smtps") or parts.path not in ("", "/") or parts.fragment:
            raise ValueError
        host, port = parts.hostname or "", parts.port
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
        host.encode("idna")  # empty labels and the like
    except ValueError:
        host, port, options = "", None, {}
    if not host:
        raise ValueError(_FORM)
    return host, port, options


def _starttls(option: str | None, tls: bool) -> bool:
    if option not in (None, "no") or (tls and option):
        raise ValueError("mail server: the only value of starttls is no, and only for smtp://")
    return not tls and option is None


def _ca_file(option: str | None) -> Path | None:
    if option is None:
        return None
    path = Path(option)
    if not path.is_absolute() or not path.is_file():
        raise ValueError(f"mail server: ca must be the absolute path of a PEM file, not {option!r}")
    return path


def sender_address(text: str) -> Address:
    """Name <name@host> or name@host as an address; raises ValueError for anything else, two addresses included."""
    # Not parseaddr: of "a@b.id, c@d.id" it takes the first and is silent about the second.
    match = _SENDER.fullmatch(text)
    if not match:
        raise ValueError(f"mail sender must look like Name <name@example.go.id>, not {text!r}")
    return Address(display_name=(match["name"] or "").strip(), addr_spec=match["bare"] or match["inner"])
