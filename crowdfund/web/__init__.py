"""What members and visitors see of campaigns and pledges."""

from flask import Blueprint

bp = Blueprint("crowdfund", __name__)
