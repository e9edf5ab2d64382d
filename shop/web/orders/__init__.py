"""The pages of orders: checkout, and what follows."""

from shop.web.orders import checkout, following

__all__ = ["checkout", "following"]
