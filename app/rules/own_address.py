"""Links and addresses in a pasted message: is it our own, or does it only want to seem so? Nothing is fetched.

Addresses follow the WHATWG URL standard where it matters to a deceiver: what stands before `@` is no address, and the
name of a host is read from the right. Look-alikes are found by a skeleton in the sense of Unicode UTS 39 (a small
table of letters that look like Latin ones) and by edit distance.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

MOST_LINKS = 20


class Host(StrEnum):
    """What a link turned out to be."""

    OWN = "own"
    OWN_PLAIN = "own_plain"
    KNOWN = "known"
    DISGUISED = "disguised"
    LOOK_ALIKE = "look_alike"
    BORROWED = "borrowed"
    OTHER = "other"


#: What is said about each. `{host}` is the host as it is really written.
HOST_WORDS: dict[Host, str] = {
    Host.OWN: "Ini alamat kami.",
    Host.OWN_PLAIN: "Namanya nama kami, tetapi tidak mulai dengan https://. Tautan kami selalu mulai dengan https://.",
    Host.KNOWN: "Ini bukan situs kami, tetapi kami kenal.",
    Host.DISGUISED: "Alamat ini menyamar: yang di depan tanda @ bukan alamatnya.",
    Host.LOOK_ALIKE: "Alamat ini mirip alamat kami, tetapi bukan. Jangan dibuka.",
    Host.BORROWED: "Alamat ini memakai nama kami, tetapi milik orang lain. Jangan dibuka.",
    Host.OTHER: "Ini bukan alamat kami.",
}
OURS = frozenset({Host.OWN, Host.KNOWN})


@dataclass(frozen=True, slots=True)
class Site:
    """Where we are: `host` as in the address bar (with a port, if any), and whether by https.

    `known` are places of others that we name ourselves: a host, or a host with one path (wa.me/62...).
    """

    host: str
    https: bool = True
    known: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the message: as written, the host it leads to, and what that is."""

    text: str
    host: str
    kind: Host


# links --------------------------------------------------------------------------------------------

_LINK = re.compile(
    r"(?:[a-z][a-z0-9+.-]{1,9}:)?//[^\s<>\"']+"  # with a scheme
    r"|(?:[^\s<>\"'/@:()]+@)?(?:[\w-]+[.\u3002\uff0e\uff61])+(?:[^\W\d_]{2,}|xn--[\w-]+)(?::\d+)?(?:[/?#][^\s<>\"']*)?",
    re.IGNORECASE,
)
_TRAIL = ".,;:!?)]}*_~"

#: Letters of other scripts that look like Latin ones, and digits that stand for letters.
_LIKE = str.maketrans(
    "аеорсухіјѕԁԛԝһкмтвнгзοανρτικυεωѵɡıɑʟ"
    "015|$",
    "aeopcyxijsdqwhkmtbhr3oavptikuewvgial"
    "olsls",
)  # fmt: skip
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("ii", "u"))
#: Endings under which everybody can have a name, so that a neighbour there is a stranger.
_OPEN_ENDINGS = frozenset(
    f"{kind}.id" for kind in ("go", "co", "or", "ac", "sch", "web", "my", "desa", "biz", "net", "mil", "ponpes")
)  # fmt: skip
#: Endings by which a bare name is taken for an address; "keluar.Ketuk" is two words without a space.
_ENDING = re.compile(
    r"xn--.*|com|id|net|org|info|biz|site|online|xyz|link|top|shop|app|dev|me|ly|co|io|club|live|icu|vip|cc|tk|ml|ga|"
    r"cf|gq|store|web|asia|click|space|website|fun|life|pro|tech|cloud|page|gl|to|ru|cn|my|sg|uk|us|eu|su|ws|tv|example",
    re.IGNORECASE,
)


def readable(text: str) -> str:
    """The text as it is looked at: composed, without invisible marks; a backslash is a slash, as to browsers."""
    shown = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFC", shown).replace("\\", "/")


def links(text: str, site: Site) -> list[Link]:
    """The links and bare addresses in a text, in order, at most MOST_LINKS; an email address is none."""
    found = []
    for match in _LINK.finditer(readable(text)):
        written = match[0].rstrip(_TRAIL)
        if "//" not in written and "@" in written.split("/")[0]:
            continue
        link = judged(written, site)
        if link.kind is Host.OTHER and _is_prose(written):
            continue
        found.append(link)
        if len(found) == MOST_LINKS:
            break
    return found


def _is_prose(written: str) -> bool:
    """Two words that only miss the space between them."""
    if "//" in written or re.search(r"[/?#:]", written):
        return False
    return _ENDING.fullmatch(written.rpartition(".")[2]) is None


def judged(written: str, site: Site) -> Link:
    """What one address is. Never raises: what cannot be read is not ours."""
    plain = readable(written)
    scheme, _, rest = plain.partition("//") if "//" in plain else ("https:", "", plain)
    try:
        parts = urlsplit(f"//{rest}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return Link(written, "", Host.OTHER)
    host = unicodedata.normalize("NFKC", host.translate({0x3002: ".", 0xFF61: "."})).casefold()
    where = host if port is None or port == 443 else f"{host}:{port}"
    kind = _kind(scheme.casefold(), where, "@" in parts.netloc, site)
    if kind is Host.OTHER and scheme.casefold() in ("https:", ""):
        kind = Host.KNOWN if site.known & {where, f"{where}{parts.path}"} else kind
    return Link(written, where, kind)


def _kind(scheme: str, where: str, disguised: bool, site: Site) -> Host:
    own = site.host.casefold()
    if disguised:
        return Host.DISGUISED
    if where == own:
        ours = scheme in ("https:", "") or (scheme == "http:" and not site.https)
        return Host.OWN if ours else Host.OWN_PLAIN
    host, mine = where.rpartition(":")[0] or where, own.rpartition(":")[0] or own
    if host == mine:  # another port of our own machine is still not our site
        return Host.BORROWED
    return _unlike(host, mine)


def _unlike(host: str, own: str) -> Host:
    """A host that is not ours: how much does it want to seem so?"""
    said = _skeleton(_from_punycode(host))
    mine = _skeleton(own)
    if said == mine or distance(said, mine) <= _near(mine):
        return Host.LOOK_ALIKE
    if _is_family(host, own):
        return Host.OTHER
    if f".{own}." in f".{host}.":
        return Host.BORROWED
    pieces = [piece for piece in re.split(r"[.-]", said) if piece]
    for name in (_skeleton(one) for one in _names(own)):
        if name in pieces or name in said:
            return Host.BORROWED
        if any(distance(piece, name) <= _near(name) for piece in pieces):
            return Host.LOOK_ALIKE
    return Host.OTHER


def _is_family(host: str, own: str) -> bool:
    """The domain that ours lies in, or a neighbour there: not us, but nobody who pretends."""
    parent = own.partition(".")[2]
    if parent.count(".") < 1 or parent in _OPEN_ENDINGS:
        return False
    return host == parent or host.endswith(f".{parent}")


def _names(own: str) -> list[str]:
    """The labels that make our address ours, not its ending. Short ones would be found everywhere."""
    labels = own.split(".")
    ending = 2 if ".".join(labels[-2:]) in _OPEN_ENDINGS else 1
    return [label for label in labels[:-ending] if len(label) >= 5]


def _near(name: str) -> int:
    return 2 if len(name) >= 8 else 1 if len(name) >= 5 else 0


def _from_punycode(host: str) -> str:
    labels = []
    for label in host.split("."):
        try:
            labels.append(label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label)
        except ValueError:
            labels.append(label)
    return ".".join(labels)


def _skeleton(text: str) -> str:
    """The text as an eye in a hurry reads it: one letter for all that look like it, no marks, digits as letters."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    seen = "".join(c for c in bare if not unicodedata.combining(c)).translate(_LIKE)
    for pair, one in _PAIRS:
        seen = seen.replace(pair, one)
    return seen


def distance(a: str, b: str) -> int:
    """How many letters must be put in, left out, changed or swapped with their neighbour (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, older[j - 2] + 1)
            row.append(best)
    return row[-1]
