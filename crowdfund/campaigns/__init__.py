"""Campaigns: written, reviewed, live, decided, ended (RULES 9)."""

from crowdfund.campaigns.rows import GATE, MOVES, SHOWN, Campaign, CampaignText, get

__all__ = ["GATE", "MOVES", "SHOWN", "Campaign", "CampaignText", "get"]
