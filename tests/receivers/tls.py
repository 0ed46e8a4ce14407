"""A certificate of our own for a few host names, and a way there, so that TLS is checked as it is in production."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import socket
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Certificate:
    """Self-signed, valid for `names` (host names and IPv4 addresses) for a day either side of now."""

    def __init__(self, *names: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        now = datetime.now(UTC)
        self._certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self._pem = self._certificate.public_bytes(serialization.Encoding.PEM)

    def server(self) -> ssl.SSLContext:
        """The context of a server that shows this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as place:  # the ssl module reads keys from files only
            pem = Path(place) / "both.pem"
            pem.write_bytes(self.pem() + self.private_pem())
            context.load_cert_chain(pem)
        return context

    def pem(self) -> bytes:
        """The certificate itself, as a file of trusted ones holds it."""
        return self._pem

    def private_pem(self) -> bytes:
        """Its key."""
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def client(self) -> ssl.SSLContext:
        """The context of a client that trusts this certificate and no other."""
        return ssl.create_default_context(cadata=self._pem.decode())

    def spki(self) -> str:
        """The hash of the public key, as Chromium's --ignore-certificate-errors-spki-list wants it."""
        public = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return base64.b64encode(hashlib.sha256(public).digest()).decode()


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.IPv4Address(name))
    except ValueError:
        return x509.DNSName(name)


def connector_to(host: str, port: int, trust: ssl.SSLContext | bool = True) -> aiohttp.BaseConnector:
    """A connector that finds `host`, and no other, on a port of 127.0.0.1; the name in the certificate must match."""
    return aiohttp.TCPConnector(resolver=_Only(host, port), ssl=trust)


class _Only(AbstractResolver):
    """Knows one name and the local port that stands for it."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host != self._host:
            raise OSError(f"{host} does not exist here")
        return [
            ResolveResult(
                hostname=host,
                host="127.0.0.1",
                port=self._port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """Nothing to close."""
