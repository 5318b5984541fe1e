"""What is known of a product, apart from any organisation."""

from dataclasses import dataclass
from enum import Enum, auto

from models.integrations import AuthMethod


class Subject(Enum):
    """What the data of a connection is about; each organisation has one dataset for each."""

    PEOPLE = auto()
    CUSTOMERS = auto()
    FINANCE = auto()
    CODE = auto()
    SUPPORT = auto()
    TELEMETRY = auto()
    DOCUMENTS = auto()
    MESSAGES = auto()


class Direction(Enum):
    """Which way data moves, seen from the organisation."""

    INBOUND = auto()
    OUTBOUND = auto()
    BOTH = auto()


@dataclass(frozen=True, slots=True)
class Use:
    """One thing a product is connected for. ``purpose`` completes "To …"."""

    title: str
    purpose: str
    subject: Subject
    direction: Direction
    scopes: tuple[str, ...]
    auth_method: AuthMethod = AuthMethod.OAUTH2_AUTHORIZATION_CODE


@dataclass(frozen=True, slots=True)
class Product:
    """A product of a company, and what one connects it for."""

    name: str
    category: str
    base_url: str | None
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class Company:
    """A company and its products. ``country`` is its seat by ISO 3166-1; one invented has none."""

    name: str
    website: str
    country: str | None
    products: tuple[Product, ...]
