"""What goes wrong in each organisation, to be found; the rest is in good order.

The Analytics vendor's SOC 2 report has expired, and its forecast reaches restricted figures.
The Hosting vendor works for Analytics, which works for Billing: it reaches what both reach.
Billing's contract ends within 30 days. Mailings gets personal data without an agreement on it.
Sync holds one key that opens everything, 400 days old, never replaced; another one outlived its
integration. Tables is not sanctioned, was never assessed well, and takes data nobody declared.
Nobody knows who makes Notes, to which five people gave their mail. Surveys has a permission it
left unused for half a year, and one it never used. Signatures has a critical weakness that is
overdue. Couriers is sent data as plain text. Transcripts' flow diverges from what was declared.
Chat was quarantined after an anomaly, and asks for tokens with a key that has ended. The owner
of Payroll's integration has left. Maps is proposed, and nobody has assessed it yet.
Look at blastRadius, posture, expiring, unusedGrants, personalData, dataMap and simulate.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from palisade.demonstration.organisations import Organisation
from palisade.demonstration.products import Company
from palisade.demonstration.products.invented import Trade, invented_companies, invented_name

KEY_AGE: Final = timedelta(days=400)
DORMANT: Final = timedelta(days=190)
REPORT_ENDED: Final = timedelta(days=40)
CONTRACT_LEFT: Final = timedelta(days=21)
OVERDUE: Final = timedelta(days=20)
MAIL_GIVERS: Final = 5

Key = tuple[str, str]
"""An integration, by its product and its use."""


@dataclass(frozen=True, slots=True)
class Story:
    """Who is who in one organisation: vendors and applications by name, integrations by key."""

    companies: tuple[Company, ...]
    parents: dict[str, str]
    restricted: Key
    outdated: str
    ending: str
    unagreed: Key
    static: Key
    forgotten: Key
    unsanctioned: Key
    dormant: Key
    unused: Key
    vulnerable: str
    plaintext: Key
    divergent: Key
    alarmed: Key
    expired: Key
    orphaned: Key
    unassessed: Key
    shadow: str
    departed: str

    @property
    def names(self) -> frozenset[str]:
        """The vendors that do not exist; their products are named as they are."""
        return frozenset(company.name for company in self.companies)


def story_of(organisation: Organisation) -> Story:
    """The story with the names it has in one organisation."""
    companies = invented_companies(organisation.words)
    name = {trade: company.name for trade, company in companies.items()}

    def key(trade: Trade, use: int = 0) -> Key:
        (product,) = companies[trade].products
        return product.name, product.uses[use].title

    return Story(
        companies=tuple(companies.values()),
        parents={
            name[Trade.HOSTING]: name[Trade.ANALYTICS],
            name[Trade.ANALYTICS]: name[Trade.BILLING],
            name[Trade.LANGUAGES]: name[Trade.TRANSCRIPTS],
        },
        restricted=key(Trade.ANALYTICS),
        outdated=name[Trade.ANALYTICS],
        ending=name[Trade.BILLING],
        unagreed=key(Trade.MAILING),
        static=key(Trade.SYNC),
        forgotten=key(Trade.SYNC, 1),
        unsanctioned=key(Trade.TABLES),
        dormant=key(Trade.SURVEYS),
        unused=key(Trade.SURVEYS, 1),
        vulnerable=name[Trade.SIGNATURES],
        plaintext=key(Trade.COURIERS),
        divergent=key(Trade.TRANSCRIPTS),
        alarmed=key(Trade.CHAT),
        expired=key(Trade.CHAT, 1),
        orphaned=key(Trade.PAYROLL),
        unassessed=key(Trade.MAPS),
        shadow=invented_name(organisation.words[-1], Trade.NOTES),
        departed=organisation.departed,
    )
