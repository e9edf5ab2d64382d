"""The one address that Stripe calls."""

from flask import Blueprint

bp = Blueprint("payments", __name__)

from payments.web import notices  # noqa: E402, F401
