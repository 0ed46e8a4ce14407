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

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
        if "Content-Security-Policy" not in response.headers:
            attached = response.headers.get("Content-Disposition", "").startswith("attachment")
            response.headers["Content-Security-Policy"] = (
                DOWNLOAD_POLICY if attached else CONTENT_SECURITY_POLICY
            )
        response.headers.setdefault("Cache-Control", "no-store")
        if settings.https:
            response.headers["Strict-Transport-Security"] = ONE_YEAR_WITH_SUBDOMAINS
        return response
