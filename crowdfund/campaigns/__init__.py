"""Campaigns: written, reviewed, live, decided, ended (RULES 9)."""

from crowdfund.campaigns.rows import GATE, MOVES, SHOWN, Campaign, CampaignText, get, seen_by

__all__ = ["GATE", "MOVES", "SHOWN", "Campaign", "CampaignText", "get", "seen_by"]
