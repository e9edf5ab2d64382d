"""What every answer carries: the content policy, which names the gateway's hosts, and the caching rules."""

from __future__ import annotations

from flask import Flask, Response, request, session

from kernel.config import Config
from kernel.house import House


def install(app: Flask, config: Config, house: House) -> None:
    """Add the security headers to every answer."""
    policy = _policy(house.gateway_hosts())

    @app.after_request
    def secure(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", policy)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if config.https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if "Cache-Control" not in headers and request.endpoint != "static":
            signed_in = "_user_id" in session  # as the cookie says: no look into the database for a header
            headers["Cache-Control"] = "private, no-store" if signed_in else "private, no-cache"
        return response


def _policy(gateway_hosts: tuple[str, ...]) -> str:
    # A form that posts to us is redirected to the gateway: browsers check form-action along the redirect too.
    targets = " ".join(["'self'", *gateway_hosts])
    return (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action {targets}"
    )
