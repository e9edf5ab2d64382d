"""The shop's pages."""

from flask import Blueprint

bp = Blueprint("shop", __name__)

from shop.web import carts, orders, products  # noqa: E402, F401 - the modules hang their routes on the blueprint
