"""What brand admins, stewards and operators do with campaigns."""

from flask import Blueprint

bp = Blueprint("desk_crowdfund", __name__, url_prefix="/desk")
