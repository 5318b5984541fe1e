"""How the names of derived types and fields are made."""

from models.describe import Table


def transition_field(table: Table, name: str) -> str:
    """``suspendIntegration``"""
    return f"{name}{table.type}"


def filter_name(subject: str) -> str:
    """``big_integer`` → ``BigIntegerFilter``, ``VendorTier`` → ``VendorTierFilter``"""
    return "".join(part[:1].upper() + part[1:] for part in subject.split("_")) + "Filter"
