"""What brand admins and operators do for the shop."""

from flask import Blueprint

bp = Blueprint("desk_shop", __name__, url_prefix="/desk")

from shop.desk import orders, parcels, products, shipping, stock  # noqa: E402, F401 - routes hang on the blueprint
