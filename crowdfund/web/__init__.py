"""What members and visitors see of campaigns and pledges."""

from flask import Blueprint

bp = Blueprint("crowdfund", __name__)

from crowdfund.web import campaigns, pledges, questions, updates  # noqa: E402, F401 - the modules hang their routes on the blueprint
