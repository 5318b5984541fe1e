"""Vendors that do not exist, of whom the demonstration tells what is wrong.

Nothing bad is told of a real company: whoever has an expired report, no agreement, an open
weakness or a key that is too old is one of these, and is named so that nobody can mistake it.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from models.integrations import AuthMethod
from palisade.demonstration.products.kinds import Company, Direction, Product, Subject, Use


class Trade(StrEnum):
    """What an invented vendor does; each organisation has one of each."""

    ANALYTICS = "Analytics"
    BILLING = "Billing"
    MAILING = "Mailings"
    SYNC = "Sync"
    TABLES = "Tables"
    HOSTING = "Hosting"
    SURVEYS = "Surveys"
    SIGNATURES = "Signatures"
    COURIERS = "Couriers"
    CHAT = "Chat"
    MAPS = "Maps"
    PAYROLL = "Payroll"
    TRANSCRIPTS = "Transcripts"
    LANGUAGES = "Languages"
    NOTES = "Notes"


_MACHINE: Final = AuthMethod.OAUTH2_CLIENT_CREDENTIALS
_SIGNED: Final = AuthMethod.PRIVATE_KEY_JWT

# Whoever works for another vendor comes after it, and nobody connects to the last two. Who makes
# the notes is not known.
_USES: Final[Mapping[Trade, tuple[Use, ...]]] = {
    Trade.BILLING: (
        Use(
            "invoice run",
            "write invoices and book what was paid",
            Subject.FINANCE,
            Direction.BOTH,
            ("invoices.write", "payments.read"),
            _SIGNED,
        ),
    ),
    Trade.ANALYTICS: (
        Use(
            "revenue forecast",
            "foretell revenue from the ledger",
            Subject.FINANCE,
            Direction.OUTBOUND,
            ("ledger.read", "forecasts.write"),
            _MACHINE,
        ),
    ),
    Trade.MAILING: (
        Use(
            "campaign lists",
            "send news to those who asked for it",
            Subject.CUSTOMERS,
            Direction.OUTBOUND,
            ("contacts.write", "campaigns.read"),
        ),
    ),
    Trade.SYNC: (
        Use(
            "record copies",
            "keep two systems the same",
            Subject.CUSTOMERS,
            Direction.BOTH,
            ("records.read", "records.write", "admin.all", "files.all"),
            AuthMethod.API_KEY,
        ),
        Use(
            "archive copies",
            "keep old contracts in a second place",
            Subject.DOCUMENTS,
            Direction.OUTBOUND,
            ("files.write",),
            _MACHINE,
        ),
    ),
    Trade.TABLES: (
        Use(
            "shared lists",
            "work on lists of customers together",
            Subject.CUSTOMERS,
            Direction.OUTBOUND,
            ("tables.read", "tables.write", "schema.write", "users.read", "webhooks.manage"),
        ),
    ),
    Trade.SURVEYS: (
        Use(
            "customer survey",
            "ask customers how content they are",
            Subject.CUSTOMERS,
            Direction.BOTH,
            ("surveys.write", "answers.read", "contacts.export"),
        ),
        Use(
            "staff pulse",
            "ask employees how content they are",
            Subject.PEOPLE,
            Direction.OUTBOUND,
            ("surveys.write", "directory.read"),
        ),
    ),
    Trade.SIGNATURES: (
        Use(
            "contract signing",
            "have contracts signed",
            Subject.DOCUMENTS,
            Direction.BOTH,
            ("envelopes.write", "documents.read"),
            _SIGNED,
        ),
    ),
    Trade.COURIERS: (
        Use(
            "parcel notices",
            "tell customers where their parcel is",
            Subject.SUPPORT,
            Direction.OUTBOUND,
            ("parcels.read",),
            _MACHINE,
        ),
    ),
    Trade.CHAT: (
        Use(
            "visitor chat",
            "answer visitors while they look",
            Subject.SUPPORT,
            Direction.BOTH,
            ("chats.read", "chats.write"),
            _MACHINE,
        ),
        Use(
            "chat archive",
            "keep what visitors were told",
            Subject.SUPPORT,
            Direction.INBOUND,
            ("chats.read",),
            _SIGNED,
        ),
    ),
    Trade.MAPS: (
        Use(
            "way finder",
            "show the way to the next office",
            Subject.TELEMETRY,
            Direction.OUTBOUND,
            ("maps.read",),
        ),
    ),
    Trade.PAYROLL: (
        Use(
            "hours worked",
            "pay for the hours that were worked",
            Subject.PEOPLE,
            Direction.BOTH,
            ("hours.read", "payslips.write"),
            AuthMethod.MUTUAL_TLS,
        ),
    ),
    Trade.TRANSCRIPTS: (
        Use(
            "meeting minutes",
            "write down what was said",
            Subject.MESSAGES,
            Direction.BOTH,
            ("recordings.read", "minutes.write"),
            _MACHINE,
        ),
    ),
    Trade.HOSTING: (),
    Trade.LANGUAGES: (),
}


def invented_name(word: str, trade: Trade) -> str:
    """A name that says of itself that it is none: "Harborlight Analytics (invented)"."""
    return f"{word} {trade} (invented)"


def invented_companies(words: Sequence[str]) -> Mapping[Trade, Company]:
    """The vendors that do not exist; ``words`` is aligned with the trades."""
    named = {trade: invented_name(word, trade) for word, trade in zip(words, Trade, strict=True)}
    return {trade: _company(named[trade], trade, uses) for trade, uses in _USES.items()}


def _company(name: str, trade: Trade, uses: tuple[Use, ...]) -> Company:
    site = "-".join(name.lower().removesuffix(" (invented)").split())
    product = Product(name, trade.value, f"https://api.{site}.example", uses)
    return Company(name, f"https://{site}.example", None, (product,) if uses else ())
