"""The pages of pledges: making one, and what follows."""

from crowdfund.web.pledges import following, giving

__all__ = ["following", "giving"]
