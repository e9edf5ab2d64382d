"""The pages of the community."""

from __future__ import annotations

from flask import Blueprint

from community.joining import proofs

bp = Blueprint("community", __name__)
bp.add_app_template_global(proofs.token, "proof_token")
