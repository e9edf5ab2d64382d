"""The community's part of the desk: what stewards and operators do."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("desk_community", __name__, url_prefix="/desk")
