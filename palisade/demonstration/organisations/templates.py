"""The data that every organisation has, whatever it does."""

from random import Random
from typing import Final

from models.classification import Category, Level
from palisade.demonstration.organisations.kinds import Holding, Value
from palisade.demonstration.products import Subject

_MOST_RECORDS: Final = 900_000


def holdings_of(slug: str, random: Random) -> tuple[Holding, ...]:
    """The bodies of data of one organisation; what differs is their size and where they lie."""
    return tuple(
        Holding(
            subject,
            name,
            description,
            f"{scheme}://{subject.name.lower()}.{slug}.example",
            random.randint(200, _MOST_RECORDS),
            owner,
            values,
        )
        for subject, name, description, scheme, owner, values in _TEMPLATES
    )


_TEMPLATES: Final = (
    (
        Subject.PEOPLE,
        "Employees",
        "Everyone who works here.",
        "postgres",
        "People",
        (
            Value("full_name", Level.INTERNAL, Category.PERSONAL),
            Value("work_email", Level.CONFIDENTIAL, Category.PERSONAL),
            Value("salary", Level.RESTRICTED, Category.FINANCIAL),
        ),
    ),
    (
        Subject.CUSTOMERS,
        "Customers",
        "Who buys here, and how to reach them.",
        "postgres",
        "Sales",
        (
            Value("customer_name", Level.CONFIDENTIAL, Category.PERSONAL),
            Value("email", Level.CONFIDENTIAL, Category.PERSONAL),
            Value("segment", Level.INTERNAL, Category.BUSINESS),
        ),
    ),
    (
        Subject.FINANCE,
        "Ledger",
        "Invoices and payments.",
        "postgres",
        "Finance",
        (
            Value("invoice", Level.INTERNAL, Category.FINANCIAL),
            Value("amount", Level.CONFIDENTIAL, Category.FINANCIAL),
            Value("iban", Level.RESTRICTED, Category.FINANCIAL),
        ),
    ),
    (
        Subject.CODE,
        "Software",
        "What was written here.",
        "https",
        "Engineering",
        (
            Value("repository", Level.INTERNAL, Category.TECHNICAL),
            Value("commit", Level.CONFIDENTIAL, Category.TECHNICAL),
            Value("deploy_key_name", Level.RESTRICTED, Category.SECURITY),
        ),
    ),
    (
        Subject.SUPPORT,
        "Questions and answers",
        "What customers asked.",
        "postgres",
        "Support",
        (
            Value("subject", Level.INTERNAL, Category.BUSINESS),
            Value("message", Level.CONFIDENTIAL, Category.PERSONAL),
            Value("requester", Level.CONFIDENTIAL, Category.PERSONAL),
        ),
    ),
    (
        Subject.TELEMETRY,
        "Measurements",
        "Metrics and logs.",
        "s3",
        "Engineering",
        (
            Value("service", Level.INTERNAL, Category.TECHNICAL),
            Value("address", Level.CONFIDENTIAL, Category.PERSONAL),
            Value("latency_ms", Level.INTERNAL, Category.TECHNICAL),
        ),
    ),
    (
        Subject.DOCUMENTS,
        "Documents",
        "Contracts and drawings.",
        "s3",
        "Legal",
        (
            Value("title", Level.INTERNAL, Category.BUSINESS),
            Value("author", Level.INTERNAL, Category.PERSONAL),
            Value("body", Level.CONFIDENTIAL, Category.BUSINESS),
        ),
    ),
    (
        Subject.MESSAGES,
        "Mail and calls",
        "What was written and said.",
        "imap",
        "Security",
        (
            Value("sender", Level.CONFIDENTIAL, Category.PERSONAL),
            Value("sent_at", Level.INTERNAL, Category.TECHNICAL),
            Value("text", Level.CONFIDENTIAL, Category.PERSONAL),
            Value("recording", Level.RESTRICTED, Category.PERSONAL),
        ),
    ),
)
