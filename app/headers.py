"""The security headers of every answer. Strict enough that no page needs a nonce: there is no inline script."""

from __future__ import annotations

from flask import Flask, Response

from app.config import Settings

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
    )
)
#: Downloads are shown by nobody: a sandbox keeps an opened file from running as a page of ours.
DOWNLOAD_POLICY = "sandbox; default-src 'none'"

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
ONE_YEAR_WITH_SUBDOMAINS = "max-age=31536000; includeSubDomains"


def init(app: Flask, settings: Settings) -> None:
    """Add the headers after each request; a view may set Cache-Control itself, else nothing is kept."""
    standing = ALWAYS | {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Cache-Control": "no-store"}
    if settings.https:
        standing["Strict-Transport-Security"] = ONE_YEAR_WITH_SUBDOMAINS
    by_name = {name.lower(): (name, value) for name, value in standing.items()}

    @app.after_request
    def add(response: Response) -> Response:
        headers = response.headers
        given = {name.lower() for name, _ in headers}  # one look: `setdefault` takes one for every name
        if headers.get("Content-Disposition", "").startswith("attachment"):
            headers.setdefault("Content-Security-Policy", DOWNLOAD_POLICY)
            given.add("content-security-policy")
        for lower, (name, value) in by_name.items():
            if lower not in given:
                headers.add(name, value)
        return response
