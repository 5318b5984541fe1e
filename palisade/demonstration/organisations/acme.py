"""A maker of instruments and their software, some four hundred people, in fair order."""

from typing import Final

from models.classification import Category, Level
from palisade.demonstration.organisations.kinds import (
    Findings,
    Holding,
    Organisation,
    Person,
    Team,
    Value,
)
from palisade.demonstration.products import Subject

_PEOPLE: Final = (
    Person("Amara Okafor", "Security"),
    Person("Jonas Lindqvist", "Security"),
    Person("Priya Raman", "Engineering"),
    Person("Tomás Herrera", "Engineering"),
    Person("Mei Tanaka", "Engineering"),
    Person("Daniel Brandt", "Engineering"),
    Person("Chloé Marchand", "Sales"),
    Person("Samuel Adeyemi", "Sales"),
    Person("Ingrid Solberg", "Finance"),
    Person("Hannah Weiss", "People"),
    Person("Rafael Duarte", "Support"),
    Person("Leila Haddad", "Legal"),
)

_TEAMS: Final = (
    Team(
        "Security office",
        "Reviews integrations and answers to findings.",
        (
            "Security",
            "Legal",
        ),
    ),
    Team(
        "Platform owners",
        "Run the services that the product stands on.",
        (
            "Engineering",
            "Security",
        ),
    ),
    Team(
        "Customer circle",
        "Everyone who speaks with customers.",
        (
            "Sales",
            "Support",
        ),
    ),
    Team(
        "Back office",
        "Employment, bookkeeping and contracts.",
        (
            "Finance",
            "People",
            "Legal",
        ),
    ),
)

_HOLDINGS: Final = (
    Holding(
        Subject.PEOPLE,
        "Employee register",
        "Everyone who works at Acme, with role and manager.",
        "postgres://people.internal.acme.example/hr",
        412,
        "People",
        (
            Value("full_name", Level.INTERNAL, Category.PERSONAL),
            Value("work_email", Level.CONFIDENTIAL, Category.PERSONAL),
            Value("manager", Level.INTERNAL, Category.BUSINESS),
            Value("salary", Level.RESTRICTED, Category.FINANCIAL),
        ),
    ),
    Holding(
        Subject.CUSTOMERS,
        "Customer accounts",
        "Companies that use the product, and their contacts.",
        "postgres://core.internal.acme.example/accounts",
        18_640,
        "Sales",
        (
            Value("company", Level.INTERNAL, Category.BUSINESS),
            Value("contact_name", Level.CONFIDENTIAL, Category.PERSONAL),
            Value("contact_email", Level.CONFIDENTIAL, Category.PERSONAL),
            Value("plan", Level.INTERNAL, Category.BUSINESS),
            Value("signed_on", Level.INTERNAL, Category.BUSINESS),
        ),
    ),
    Holding(
        Subject.FINANCE,
        "Subscription ledger",
        "Invoices, payments and refunds.",
        "postgres://billing.internal.acme.example/ledger",
        233_907,
        "Finance",
        (
            Value("invoice_number", Level.INTERNAL, Category.FINANCIAL),
            Value("amount", Level.CONFIDENTIAL, Category.FINANCIAL),
            Value("tax_id", Level.CONFIDENTIAL, Category.FINANCIAL),
            Value("bank_reference", Level.RESTRICTED, Category.FINANCIAL),
        ),
    ),
    Holding(
        Subject.CODE,
        "Source code",
        "Repositories, issues and builds of the product.",
        "git.internal.acme.example",
        1_284,
        "Engineering",
        (
            Value("repository", Level.INTERNAL, Category.TECHNICAL),
            Value("commit", Level.CONFIDENTIAL, Category.TECHNICAL),
            Value("deploy_key_name", Level.RESTRICTED, Category.SECURITY),
        ),
    ),
    Holding(
        Subject.SUPPORT,
        "Support conversations",
        "What customers asked and what they were answered.",
        "s3://acme-support.internal.acme.example",
        96_415,
        "Support",
        (
            Value("subject", Level.CONFIDENTIAL, Category.BUSINESS),
            Value("message", Level.CONFIDENTIAL, Category.PERSONAL),
            Value("requester_email", Level.CONFIDENTIAL, Category.PERSONAL),
            Value("satisfaction", Level.INTERNAL, Category.BUSINESS),
        ),
    ),
    Holding(
        Subject.TELEMETRY,
        "Product telemetry",
        "Metrics, logs and traces of the running product.",
        "s3://acme-telemetry.internal.acme.example",
        48_200_315,
        "Engineering",
        (
            Value("service", Level.INTERNAL, Category.TECHNICAL),
            Value("latency_ms", Level.INTERNAL, Category.TECHNICAL),
            Value("client_address", Level.CONFIDENTIAL, Category.PERSONAL),
            Value("user_agent", Level.INTERNAL, Category.TECHNICAL),
            Value("trace_id", Level.INTERNAL, Category.TECHNICAL),
        ),
    ),
    Holding(
        Subject.DOCUMENTS,
        "Company documents",
        "Handbook, contracts and presentations.",
        "drive.internal.acme.example/shared",
        31_870,
        "Legal",
        (
            Value("title", Level.INTERNAL, Category.BUSINESS),
            Value("author", Level.INTERNAL, Category.PERSONAL),
            Value("body", Level.CONFIDENTIAL, Category.BUSINESS),
        ),
    ),
    Holding(
        Subject.MESSAGES,
        "Messages and meetings",
        "Channels, mail journal and recordings.",
        "archive.internal.acme.example",
        2_915_044,
        "Security",
        (
            Value("sender", Level.CONFIDENTIAL, Category.PERSONAL),
            Value("sent_at", Level.INTERNAL, Category.TECHNICAL),
            Value("text", Level.CONFIDENTIAL, Category.PERSONAL),
            Value("attachment", Level.CONFIDENTIAL, Category.BUSINESS),
            Value("recording", Level.RESTRICTED, Category.PERSONAL),
            Value("channel", Level.INTERNAL, Category.BUSINESS),
        ),
    ),
)

ACME: Final = Organisation(
    companies=(
        "Airtable",
        "Atlassian",
        "Box",
        "Datadog",
        "Docusign",
        "Figma",
        "GitHub",
        "Google",
        "Intuit",
        "Linear",
        "Microsoft",
        "Okta",
        "PagerDuty",
        "Salesforce",
        "Slack Technologies",
        "Snowflake",
        "Stripe",
        "Typeform",
        "Zendesk",
        "Zoom",
    ),
    critical=(
        "GitHub",
        "Okta",
        "Salesforce",
        "Stripe",
    ),
    risk=(8, 52),
    unrest=1,
    network="192.0.2",
    suspended=2,
    retired=3,
    proposed=3,
    undeclared=3,
    people=_PEOPLE,
    teams=_TEAMS,
    holdings=_HOLDINGS,
    newcomer="Samuel Adeyemi",
    findings=Findings(
        unsanctioned=("Airtable", "campaign lists"),
        expired=("Zendesk Support", "ticket sync"),
        unused=("GitHub Enterprise Cloud", "build hooks"),
        forgotten=("Box", "deal rooms"),
        alarmed=("Salesforce Sales Cloud", "lead import"),
        departed="Daniel Brandt",
        unassessed="Typeform",
    ),
)
