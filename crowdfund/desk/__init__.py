"""What brand admins, stewards and operators do with campaigns."""

from flask import Blueprint

bp = Blueprint("desk_crowdfund", __name__, url_prefix="/desk")

from crowdfund.desk import backers, pictures, questions, rewards, settlement, updates  # noqa: E402, F401 - routes
from crowdfund.desk.campaigns import editing, reviewing, writing  # noqa: E402, F401
