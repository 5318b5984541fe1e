"""Well-known products, what one connects them for, and the scopes that takes.

Companies, home pages, seats, API addresses and scope names are those of the public
documentation. An API that has one address for each customer has none here.
"""

from palisade.demonstration.products.companies import COMPANIES
from palisade.demonstration.products.kinds import Company, Direction, Product, Subject, Use

__all__ = ["COMPANIES", "Company", "Direction", "Product", "Subject", "Use"]
