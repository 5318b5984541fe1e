"""Products that customers are won, served and billed with."""

from typing import Final

from models.integrations import AuthMethod
from palisade.demonstration.products.kinds import Direction, Product, Subject, Use

SALES_CLOUD: Final = Product(
    "Salesforce Sales Cloud",
    "CRM",
    None,
    (
        Use(
            "account sync",
            "keep customer accounts the same everywhere",
            Subject.CUSTOMERS,
            Direction.BOTH,
            ("api", "refresh_token"),
        ),
        Use(
            "pipeline report",
            "report open offers to the board",
            Subject.FINANCE,
            Direction.INBOUND,
            ("api", "id"),
        ),
        Use(
            "lead import",
            "turn sign-ups into leads",
            Subject.CUSTOMERS,
            Direction.OUTBOUND,
            ("full",),
            AuthMethod.PRIVATE_KEY_JWT,
        ),
    ),
)

SERVICE_CLOUD: Final = Product(
    "Salesforce Service Cloud",
    "Customer support",
    None,
    (
        Use(
            "case history",
            "show a customer's cases beside the account",
            Subject.SUPPORT,
            Direction.INBOUND,
            ("api", "refresh_token"),
        ),
        Use(
            "service levels",
            "measure how fast cases are answered",
            Subject.SUPPORT,
            Direction.INBOUND,
            ("api",),
            AuthMethod.OAUTH2_CLIENT_CREDENTIALS,
        ),
    ),
)

HUBSPOT: Final = Product(
    "HubSpot CRM",
    "CRM",
    "https://api.hubapi.com",
    (
        Use(
            "contact sync",
            "keep contacts the same in shop and CRM",
            Subject.CUSTOMERS,
            Direction.BOTH,
            ("crm.objects.contacts.read", "crm.objects.contacts.write", "oauth"),
        ),
        Use(
            "deal report",
            "report open offers to the board",
            Subject.FINANCE,
            Direction.INBOUND,
            ("crm.objects.deals.read", "crm.objects.companies.read"),
        ),
        Use(
            "service tickets",
            "answer customers from one inbox",
            Subject.SUPPORT,
            Direction.BOTH,
            ("tickets", "crm.objects.contacts.read"),
        ),
    ),
)

ZENDESK: Final = Product(
    "Zendesk Support",
    "Customer support",
    None,
    (
        Use(
            "ticket sync",
            "show tickets beside the customer",
            Subject.SUPPORT,
            Direction.INBOUND,
            ("tickets:read", "users:read", "organizations:read"),
        ),
        Use(
            "answer drafts",
            "prepare answers to common questions",
            Subject.SUPPORT,
            Direction.BOTH,
            ("tickets:read", "tickets:write"),
        ),
        Use(
            "satisfaction survey",
            "learn how customers liked an answer",
            Subject.CUSTOMERS,
            Direction.INBOUND,
            ("read",),
        ),
    ),
)

TYPEFORM: Final = Product(
    "Typeform",
    "Surveys",
    "https://api.typeform.com",
    (
        Use(
            "customer survey",
            "collect answers of customers",
            Subject.CUSTOMERS,
            Direction.INBOUND,
            ("forms:read", "responses:read", "offline"),
        ),
        Use(
            "team pulse",
            "ask employees how they are",
            Subject.PEOPLE,
            Direction.INBOUND,
            ("responses:read", "accounts:read"),
        ),
    ),
)

SHOPIFY: Final = Product(
    "Shopify",
    "E-commerce",
    None,
    (
        Use(
            "order intake",
            "bring orders of the shop to the warehouse",
            Subject.CUSTOMERS,
            Direction.INBOUND,
            ("read_orders", "read_customers"),
        ),
        Use(
            "stock levels",
            "show in the shop what is on stock",
            Subject.CODE,
            Direction.OUTBOUND,
            ("read_inventory", "write_inventory", "read_products"),
            AuthMethod.OAUTH2_CLIENT_CREDENTIALS,
        ),
        Use(
            "order hooks",
            "hear of orders at once",
            Subject.FINANCE,
            Direction.INBOUND,
            ("read_orders",),
            AuthMethod.WEBHOOK_SECRET,
        ),
    ),
)

CONTENTFUL: Final = Product(
    "Contentful",
    "Content management",
    "https://api.contentful.com",
    (
        Use(
            "product texts",
            "bring descriptions into the shop",
            Subject.DOCUMENTS,
            Direction.INBOUND,
            ("content_management_read",),
        ),
        Use(
            "translations",
            "send texts to translators and back",
            Subject.DOCUMENTS,
            Direction.BOTH,
            ("content_management_manage",),
        ),
    ),
)

STRIPE: Final = Product(
    "Stripe Payments",
    "Payments",
    "https://api.stripe.com",
    (
        Use(
            "payment reconciliation",
            "match payments with invoices",
            Subject.FINANCE,
            Direction.INBOUND,
            ("read_only",),
        ),
        Use(
            "refund desk",
            "pay money back on request",
            Subject.SUPPORT,
            Direction.BOTH,
            ("read_write",),
            AuthMethod.API_KEY,
        ),
        Use(
            "payment hooks",
            "hear of payments at once",
            Subject.FINANCE,
            Direction.INBOUND,
            ("read_only",),
            AuthMethod.WEBHOOK_SECRET,
        ),
    ),
)

XERO: Final = Product(
    "Xero",
    "Accounting",
    "https://api.xero.com",
    (
        Use(
            "ledger sync",
            "bring payments and invoices together",
            Subject.FINANCE,
            Direction.INBOUND,
            ("accounting.transactions.read", "accounting.contacts.read", "offline_access"),
        ),
        Use(
            "payroll run",
            "pay salaries at the end of the month",
            Subject.PEOPLE,
            Direction.OUTBOUND,
            ("payroll.employees", "payroll.settings.read"),
        ),
        Use(
            "monthly report",
            "report the month to the board",
            Subject.FINANCE,
            Direction.INBOUND,
            ("accounting.reports.read", "accounting.settings.read"),
        ),
    ),
)

QUICKBOOKS: Final = Product(
    "QuickBooks Online",
    "Accounting",
    "https://quickbooks.api.intuit.com",
    (
        Use(
            "invoice posting",
            "post invoices to the ledger",
            Subject.FINANCE,
            Direction.OUTBOUND,
            ("com.intuit.quickbooks.accounting", "openid"),
        ),
        Use(
            "card payments",
            "book payments made by card",
            Subject.FINANCE,
            Direction.BOTH,
            ("com.intuit.quickbooks.payment", "com.intuit.quickbooks.accounting"),
        ),
    ),
)

DOCUSIGN: Final = Product(
    "Docusign eSignature",
    "Electronic signature",
    "https://www.docusign.net/restapi",
    (
        Use(
            "order signing",
            "have orders signed by customers",
            Subject.CUSTOMERS,
            Direction.BOTH,
            ("signature", "extended"),
        ),
        Use(
            "employment contracts",
            "have employment contracts signed",
            Subject.PEOPLE,
            Direction.BOTH,
            ("signature", "impersonation"),
            AuthMethod.PRIVATE_KEY_JWT,
        ),
    ),
)

DROPBOX_SIGN: Final = Product(
    "Dropbox Sign",
    "Electronic signature",
    "https://api.hellosign.com/v3",
    (
        Use(
            "supplier agreements",
            "have agreements signed by suppliers",
            Subject.DOCUMENTS,
            Direction.BOTH,
            ("basic_account_info", "request_signature"),
        ),
    ),
)
