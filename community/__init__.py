"""Community: joining, living and earning, and the viewer that every page looks through."""

from __future__ import annotations

from kernel.house import House


def contribute(house: House) -> None:
    """Bring the three parts, their pages and the viewer into the house."""
    from community import demo, demo_dues, earning, joining, living, viewers
    from community.desk import bp as desk
    from community.joining import fees
    from community.web import bp as pages

    viewers.configure(house)
    fees.configure(house.config.currency, viewers.first_unlock)
    joining.contribute(house)
    living.contribute(house)
    earning.contribute(house)
    house.demo["community"] = demo.story
    house.demo["dues"] = demo_dues.story
    house.blueprint(pages, desk)
