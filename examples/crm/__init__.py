"""A CRM: accounts and the people there, deals with their activities, campaigns."""

from .accounts import Account, Contact, Industry
from .campaigns import Campaign, CampaignMember, Channel
from .deals import Activity, ActivityKind, Deal, Stage
from .extension import extend

__all__ = [
    "Account",
    "Activity",
    "ActivityKind",
    "Campaign",
    "CampaignMember",
    "Channel",
    "Contact",
    "Deal",
    "Industry",
    "Stage",
    "extend",
]
