"""Keys and what is done with them: sealing, look-up hashes, PIN hashes, tokens.

One master key per purpose family lives outside the database; every use derives its own key by HKDF
(RFC 5869) under a label that docs/keys.md lists. Losing the keys loses the data: that is the point.
"""
# Long because: everything that touches a key stands in one file.

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from array import array
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app import hashing
from app.hashing import HashingBusy as HashingBusy  # whoever asks for a hash may be told to come back

NONCE_BYTES = 12
#: So many hashes a process remembers in both forms while the look-up key changes: more than one request ever asks for.
OLDER_REMEMBERED = 100_000
#: Every label that HKDF is called with. docs/keys.md is held to this list by a test.
LABELS = {
    "seal": b"gelombang/seal/1",
    "lookup": b"gelombang/lookup/1",
    "pepper": b"gelombang/pepper/1",
    "token": b"gelombang/token/1",
    "cookie": b"gelombang/cookie/1",
    "audit": b"gelombang/audit/1",
}


class KeyProblem(Exception):
    """The keys are missing, short, or not those that a row was sealed with."""


class Unsealable(Exception):
    """A sealed value was changed, moved to another row or column, or its key is gone."""


def derive(key: bytes, label: str) -> bytes:
    """32 bytes for one purpose from a master key (HKDF-SHA256, RFC 5869, no salt)."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=LABELS[label]).derive(key)


@dataclass(frozen=True)
class Keys:
    """The secrets of one installation.

    seal, pepper and cookie are newest first, so that old values stay readable while new ones use the new key.
    lookup_before is the key that lookup replaces, as long as rows are found by either (`flask keys reindex`). token is
    what tokens are hashed with since lookup was replaced for the first time: they are 256 random bits, and a new key
    would only sign everybody out. Replacing audit ends the chain.
    """

    seal: tuple[tuple[int, bytes], ...]
    pepper: tuple[tuple[int, bytes], ...]
    cookie: tuple[bytes, ...]
    lookup: bytes = field(repr=False)
    audit: bytes = field(repr=False)
    vapid: str = field(repr=False, default="")
    lookup_before: bytes | None = field(repr=False, default=None)
    token: bytes | None = field(repr=False, default=None)

    def __post_init__(self) -> None:
        everything = [k for _, k in self.seal + self.pepper] + [*self.cookie, self.lookup, self.audit]
        everything += [self.lookup_before] if self.lookup_before is not None else []
        if self.token is not None and self.token != self.lookup_before:
            everything.append(self.token)
        if not (self.seal and self.pepper and self.cookie):
            raise KeyProblem("seal, pepper and cookie each need at least one key")
        if any(len(key) < 32 for key in everything):
            raise KeyProblem("every key needs 32 bytes or more")
        if len(set(everything)) != len(everything):
            raise KeyProblem("each purpose needs a key of its own")
        if any(not 1 <= number <= 255 for number, _ in self.seal + self.pepper):
            raise KeyProblem("key numbers run from 1 to 255")

    def __repr__(self) -> str:
        return f"Keys(seal={[n for n, _ in self.seal]}, pepper={[n for n, _ in self.pepper]})"

    @classmethod
    def from_json(cls, text: str) -> Keys:
        """Read the JSON that `python -m app.make_keys` writes: base64 strings, numbered where keys rotate."""
        try:
            raw: dict[str, Any] = json.loads(text)
            return cls(
                seal=tuple((int(k["id"]), base64.b64decode(k["key"])) for k in raw["seal"]),
                pepper=tuple((int(k["id"]), base64.b64decode(k["key"])) for k in raw["pepper"]),
                cookie=tuple(base64.b64decode(k) for k in raw["cookie"]),
                lookup=base64.b64decode(raw["lookup"]),
                audit=base64.b64decode(raw["audit"]),
                vapid=str(raw.get("vapid", "")),
                lookup_before=base64.b64decode(raw["lookup_before"]) if raw.get("lookup_before") else None,
                token=base64.b64decode(raw["token"]) if raw.get("token") else None,
            )
        except (ValueError, KeyError, TypeError) as error:
            raise KeyProblem(f"the keys cannot be read: {type(error).__name__}") from error

    @classmethod
    def make(cls, vapid: str) -> Keys:
        """Fresh random keys; `vapid` is the raw private push key in base64url."""
        return cls(
            seal=((1, secrets.token_bytes(32)),),
            pepper=((1, secrets.token_bytes(32)),),
            cookie=(secrets.token_bytes(32),),
            lookup=secrets.token_bytes(32),
            audit=secrets.token_bytes(32),
            vapid=vapid,
        )

    def to_json(self) -> str:
        def b64(key: bytes) -> str:
            return base64.b64encode(key).decode()

        later = {"lookup_before": self.lookup_before, "token": self.token}
        return json.dumps(
            {
                "seal": [{"id": n, "key": b64(k)} for n, k in self.seal],
                "pepper": [{"id": n, "key": b64(k)} for n, k in self.pepper],
                "cookie": [b64(k) for k in self.cookie],
                "lookup": b64(self.lookup),
                "audit": b64(self.audit),
                "vapid": self.vapid,
            }
            | {name: b64(key) for name, key in later.items() if key is not None},
            indent=2,
        )

    @cached_property
    def _sealers(self) -> dict[int, AESGCM]:
        return {number: AESGCM(derive(key, "seal")) for number, key in self.seal}

    @cached_property
    def _peppers(self) -> dict[int, bytes]:
        return {number: derive(key, "pepper") for number, key in self.pepper}

    @cached_property
    def _lookup(self) -> hmac.HMAC:
        """Ready to be copied: setting the key up again for each hash costs more than the hash."""
        return hmac.new(derive(self.lookup, "lookup"), digestmod="sha256")

    @cached_property
    def _token(self) -> bytes:
        return derive(self.token or self.lookup, "token")

    @cached_property
    def _lookup_before(self) -> bytes | None:
        return None if self.lookup_before is None else derive(self.lookup_before, "lookup")

    @cached_property
    def _older(self) -> dict[bytes, bytes]:
        """{hash under lookup: hash under lookup_before} of what this process has asked for lately."""
        return {}

    @cached_property
    def _audit(self) -> bytes:
        return derive(self.audit, "audit")

    @cached_property
    def cookie_secrets(self) -> tuple[bytes, ...]:
        """Signing keys for the session cookie, newest first."""
        return tuple(derive(key, "cookie") for key in self.cookie)

    # sealing ---------------------------------------------------------------------------------

    def seal_text(self, text: str, place: str) -> bytes:
        """Encrypt text for one place ("table.column:row"): key number, nonce, AES-256-GCM ciphertext.

        The place is authenticated, so a sealed value that is moved to another row cannot be opened.
        """
        number = self.seal[0][0]
        nonce = secrets.token_bytes(NONCE_BYTES)
        return bytes([number]) + nonce + self._sealers[number].encrypt(nonce, text.encode(), place.encode())

    def open_text(self, sealed: bytes, place: str) -> str:
        """Decrypt what seal_text made; raises Unsealable, never returns a wrong text."""
        sealer = self._sealers.get(sealed[0]) if sealed else None
        if sealer is None:
            raise Unsealable(f"no key for {place}")
        try:
            plain = sealer.decrypt(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], place.encode())
        except (InvalidTag, ValueError) as error:  # changed, moved, or cut too short to hold a nonce
            raise Unsealable(place) from error
        return plain.decode()

    def is_current(self, sealed: bytes) -> bool:
        """Whether a sealed value uses the newest key (what `flask keys rotate` looks for)."""
        return sealed[0] == self.seal[0][0]

    # look-up ---------------------------------------------------------------------------------

    def lookup_hash(self, kind: str, value: str) -> bytes:
        """Keyed hash (HMAC-SHA256, 32 bytes) by which a sealed value can be found and kept unique."""
        text = f"{kind}|{value}".encode()
        mac = self._lookup.copy()
        mac.update(text)
        made = mac.digest()
        if self._lookup_before is not None:
            if len(self._older) >= OLDER_REMEMBERED:
                self._older.pop(next(iter(self._older)), None)
            self._older[made] = hmac.digest(self._lookup_before, text, "sha256")
        return made

    def lookup_variants(self, made: bytes) -> tuple[bytes, ...]:
        """What may stand in a row for a hash of `lookup_hash`: itself, and while keys change the older one before it.

        Rows move from the older to the newer, so whoever asks one after the other must ask for the older first.
        """
        older = self._older.get(made) if self.lookup_before is not None else None
        return (made,) if older is None else (older, made)

    def token_hash(self, token: str) -> bytes:
        """How session, device and reset tokens stand in the database (32 bytes)."""
        return hmac.digest(self._token, token.encode(), "sha256")

    def audit_mac(self, previous: bytes, line: bytes) -> bytes:
        """The next link of the audit chain (HMAC-SHA256 under a key that the database does not hold)."""
        return hmac.digest(self._audit, previous + line, "sha256")

    # secrets that people know ------------------------------------------------------------------

    def hash_secret(self, owner: int, secret: str) -> str:
        """Argon2id over HMAC(pepper, owner, secret): PIN, code, staff password. Costs about 8 ms of a core."""
        number = self.pepper[0][0]
        return f"{number}{hashing.encoded(self._peppered(number, owner, secret))}"

    def verify_secret(self, owner: int, secret: str, stored: str) -> bool:
        """Compare in constant time; a false `stored` (unknown pepper, damage) is simply no match."""
        number, dollar, rest = stored.partition("$")
        if not (number.isascii() and number.isdigit()) or int(number) not in self._peppers:
            return False
        return hashing.matches(self._peppered(int(number), owner, secret), dollar + rest)

    def secret_is_current(self, stored: str) -> bool:
        """Whether a stored hash uses the newest pepper; if not, hash again at the next sign-in."""
        return stored.startswith(f"{self.pepper[0][0]}$")

    @cached_property
    def dummy_hash(self) -> str:
        """What an unknown NIK is checked against, so that its answer takes as long as a known one's."""
        return self.hash_secret(0, secrets.token_urlsafe(16))

    def hash_random(self, owner: int, secret: str, pepper: int = 0) -> str:
        """HMAC under a pepper, the newest: for what we draw ourselves, 40 bits, good once (docs/decisions/0004)."""
        number = pepper or self.pepper[0][0]
        mac = hmac.digest(self._peppers[number], f"random|{owner}|{secret}".encode(), "sha256")
        return f"{number}$hmac${mac.hex()}"

    def verify_random(self, owner: int, secret: str, stored: str) -> bool:
        """Compare in constant time under every pepper; an empty `stored` is no match."""
        return any(hmac.compare_digest(self.hash_random(owner, secret, n), stored) for n in self._peppers)

    def _peppered(self, number: int, owner: int, secret: str) -> bytes:
        return hmac.digest(self._peppers[number], f"{owner}|{secret}".encode(), "sha256")


def new_token() -> str:
    """256 random bits for a cookie, as URL-safe text."""
    return secrets.token_urlsafe(32)


def new_id() -> int:
    """A random row id of 62 bits: known before the insert (sealing binds to it) and not countable."""
    return secrets.randbits(62) | 1


def fingerprint(text: str) -> str:
    """SHA-256 in hex of a public text, such as the privacy notice that a consent refers to."""
    return hashlib.sha256(text.encode()).hexdigest()


def new_ids(count: int) -> list[int]:
    """Ids for rows of one table that are written together, in order: random as a whole and in their last 31 bits.

    They lie together, so that hundreds of rows fill a few pages of the table instead of touching hundreds.
    """
    together = secrets.randbits(31) << 31
    own: set[int] = set()
    while len(own) < count:
        fresh = array("I", secrets.token_bytes(4 * (count - len(own))))
        own.update(bits >> 1 | 1 for bits in fresh)
    return [together | last for last in sorted(own)]


_current: Keys | None = None


def use(keys: Keys) -> None:
    """Set the keys of this process; create_app does it once at start."""
    global _current
    _current = keys


def changes_lookup() -> bool:
    """Whether rows are found by two look-up keys now; false before there are keys at all."""
    return _current is not None and _current.lookup_before is not None


def keys() -> Keys:
    """The keys of this process. Raises KeyProblem before `use`: nothing falls back to a default."""
    if _current is None:
        raise KeyProblem("no keys are loaded")
    return _current
