"""A chain of stores with an online shop, less tidy."""

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
    Person("Victor Halloran", "Security"),
    Person("Yuki Morimoto", "Technology"),
    Person("Olga Petrenko", "Technology"),
    Person("Kwame Boateng", "Technology"),
    Person("Beatriz Carvalho", "Online shop"),
    Person("Niall Gallagher", "Online shop"),
    Person("Sofia Lombardi", "Marketing"),
    Person("Anders Nyström", "Marketing"),
    Person("Farah Siddiqui", "Finance"),
    Person("Wei Zhang", "Finance"),
    Person("Marta Kowalska", "People"),
    Person("Elliot Mbeki", "Stores"),
)

_TEAMS: Final = (
    Team(
        "Risk board",
        "Decides which products may be used.",
        (
            "Security",
            "Finance",
        ),
    ),
    Team(
        "Shop crew",
        "Runs the online shop by day and night.",
        (
            "Online shop",
            "Technology",
        ),
    ),
    Team(
        "Brand studio",
        "Campaigns, texts and pictures.",
        (
            "Marketing",
            "Online shop",
        ),
    ),
    Team(
        "Head office",
        "Salaries, books and the stores.",
        (
            "Finance",
            "People",
            "Stores",
        ),
    ),
)

_HOLDINGS: Final = (
    Holding(
        Subject.PEOPLE,
        "Staff and shifts",
        "Employees of all stores and who works when.",
        "sqlserver://hr.globex.example/staff",
        6_830,
        "People",
        (
            Value("staff_number", Level.INTERNAL, Category.PERSONAL),
            Value("full_name", Level.INTERNAL, Category.PERSONAL),
            Value("home_address", Level.RESTRICTED, Category.PERSONAL),
            Value("bank_account", Level.RESTRICTED, Category.FINANCIAL),
            Value("shift", Level.INTERNAL, Category.BUSINESS),
        ),
    ),
    Holding(
        Subject.CUSTOMERS,
        "Shoppers",
        "Customers of the online shop and of the loyalty card.",
        "postgres://shop.globex.example/shoppers",
        1_947_226,
        "Online shop",
        (
            Value("shopper_name", Level.CONFIDENTIAL, Category.PERSONAL),
            Value("email", Level.CONFIDENTIAL, Category.PERSONAL),
            Value("delivery_address", Level.RESTRICTED, Category.PERSONAL),
            Value("loyalty_points", Level.INTERNAL, Category.BUSINESS),
            Value("birthday", Level.CONFIDENTIAL, Category.PERSONAL),
            Value("consent", Level.INTERNAL, Category.BUSINESS),
        ),
    ),
    Holding(
        Subject.FINANCE,
        "Books of account",
        "Payments, payroll and the general ledger.",
        "sqlserver://books.globex.example/ledger",
        874_551,
        "Finance",
        (
            Value("voucher", Level.INTERNAL, Category.FINANCIAL),
            Value("amount", Level.CONFIDENTIAL, Category.FINANCIAL),
            Value("iban", Level.RESTRICTED, Category.FINANCIAL),
        ),
    ),
    Holding(
        Subject.CODE,
        "Shop software",
        "Code of the shop, its pages and its prices.",
        "git.globex.example",
        317,
        "Technology",
        (
            Value("repository", Level.INTERNAL, Category.TECHNICAL),
            Value("price_rule", Level.CONFIDENTIAL, Category.BUSINESS),
            Value("pipeline_variable", Level.RESTRICTED, Category.SECURITY),
        ),
    ),
    Holding(
        Subject.SUPPORT,
        "Complaints and returns",
        "What shoppers complained of and sent back.",
        "postgres://shop.globex.example/returns",
        152_098,
        "Online shop",
        (
            Value("order_number", Level.INTERNAL, Category.BUSINESS),
            Value("complaint", Level.CONFIDENTIAL, Category.PERSONAL),
            Value("shopper_email", Level.CONFIDENTIAL, Category.PERSONAL),
            Value("refund", Level.CONFIDENTIAL, Category.FINANCIAL),
        ),
    ),
    Holding(
        Subject.TELEMETRY,
        "Shop monitoring",
        "Requests, failures and sign-ins of the shop.",
        "elastic.globex.example/shop",
        91_774_620,
        "Technology",
        (
            Value("path", Level.INTERNAL, Category.TECHNICAL),
            Value("status", Level.INTERNAL, Category.TECHNICAL),
            Value("visitor_address", Level.CONFIDENTIAL, Category.PERSONAL),
            Value("session", Level.RESTRICTED, Category.SECURITY),
        ),
    ),
    Holding(
        Subject.DOCUMENTS,
        "Drawings and texts",
        "Product texts, photos and drawings of stores.",
        "nas.globex.example/public",
        64_203,
        "Marketing",
        (
            Value("file_name", Level.INTERNAL, Category.BUSINESS),
            Value("picture", Level.PUBLIC, Category.BUSINESS),
            Value("supplier", Level.CONFIDENTIAL, Category.BUSINESS),
            Value("licence", Level.INTERNAL, Category.BUSINESS),
        ),
    ),
    Holding(
        Subject.MESSAGES,
        "Mail and recordings",
        "Mail journal, channels and recorded trainings.",
        "mail.globex.example/journal",
        5_380_912,
        "Technology",
        (
            Value("sender", Level.CONFIDENTIAL, Category.PERSONAL),
            Value("recipient", Level.CONFIDENTIAL, Category.PERSONAL),
            Value("subject", Level.CONFIDENTIAL, Category.BUSINESS),
            Value("body", Level.RESTRICTED, Category.PERSONAL),
        ),
    ),
)

GLOBEX: Final = Organisation(
    companies=(
        "Airtable",
        "Asana",
        "Atlassian",
        "Contentful",
        "Datadog",
        "Docusign",
        "Dropbox",
        "GitHub",
        "GitLab",
        "Google",
        "HubSpot",
        "Microsoft",
        "Miro",
        "Okta",
        "Shopify",
        "Slack Technologies",
        "Snowflake",
        "Stripe",
        "Xero",
        "Zoom",
    ),
    critical=(
        "Microsoft",
        "Shopify",
        "Stripe",
        "Xero",
    ),
    risk=(34, 91),
    unrest=3,
    network="203.0.113",
    suspended=4,
    retired=2,
    proposed=2,
    undeclared=9,
    people=_PEOPLE,
    teams=_TEAMS,
    holdings=_HOLDINGS,
    newcomer="Kwame Boateng",
    findings=Findings(
        unsanctioned=("Dropbox", "loyalty mailings"),
        expired=("Xero", "ledger sync"),
        unused=("Microsoft 365", "contract library"),
        forgotten=("Asana", "onboarding tasks"),
        alarmed=("HubSpot CRM", "contact sync"),
        departed="Anders Nyström",
        unassessed="Contentful",
    ),
)
