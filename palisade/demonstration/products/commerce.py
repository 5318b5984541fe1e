"""Products that customers are won, served and billed with."""

from typing import Final

from models.datasets import FlowDirection
from models.integrations import AuthMethod
from palisade.demonstration.products.kinds import Product, Subject, Use

SALES_CLOUD: Final = Product(
    "Salesforce Sales Cloud",
    "CRM",
    None,
    (
        Use(
            "account sync",
            "keep customer accounts the same everywhere",
            Subject.CUSTOMERS,
            FlowDirection.BOTH,
            ("api", "refresh_token"),
        ),
        Use(
            "pipeline report",
            "report open offers to the board",
            Subject.FINANCE,
            FlowDirection.INBOUND,
            ("api", "id"),
        ),
        Use(
            "lead import",
            "turn sign-ups into leads",
            Subject.CUSTOMERS,
            FlowDirection.OUTBOUND,
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
            FlowDirection.INBOUND,
            ("api", "refresh_token"),
        ),
        Use(
            "service levels",
            "measure how fast cases are answered",
            Subject.SUPPORT,
            FlowDirection.INBOUND,
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
            FlowDirection.BOTH,
            ("crm.objects.contacts.read", "crm.objects.contacts.write", "oauth"),
        ),
        Use(
            "deal report",
            "report open offers to the board",
            Subject.FINANCE,
            FlowDirection.INBOUND,
            ("crm.objects.deals.read", "crm.objects.companies.read"),
        ),
        Use(
            "service tickets",
            "answer customers from one inbox",
            Subject.SUPPORT,
            FlowDirection.BOTH,
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
            FlowDirection.INBOUND,
            ("tickets:read", "users:read", "organizations:read"),
        ),
        Use(
            "answer drafts",
            "prepare answers to common questions",
            Subject.SUPPORT,
            FlowDirection.BOTH,
            ("tickets:read", "tickets:write"),
        ),
        Use(
            "satisfaction survey",
            "learn how customers liked an answer",
            Subject.CUSTOMERS,
            FlowDirection.INBOUND,
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
            FlowDirection.INBOUND,
            ("forms:read", "responses:read", "offline"),
        ),
        Use(
            "team pulse",
            "ask employees how they are",
            Subject.PEOPLE,
            FlowDirection.INBOUND,
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
            FlowDirection.INBOUND,
            ("read_orders", "read_customers"),
        ),
        Use(
            "stock levels",
            "show in the shop what is on stock",
            Subject.CODE,
            FlowDirection.OUTBOUND,
            ("read_inventory", "write_inventory", "read_products"),
            AuthMethod.OAUTH2_CLIENT_CREDENTIALS,
        ),
        Use(
            "order hooks",
            "hear of orders at once",
            Subject.FINANCE,
            FlowDirection.INBOUND,
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
            FlowDirection.INBOUND,
            ("content_management_read",),
        ),
        Use(
            "translations",
            "send texts to translators and back",
            Subject.DOCUMENTS,
            FlowDirection.BOTH,
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
            FlowDirection.INBOUND,
            ("read_only",),
        ),
        Use(
            "refund desk",
            "pay money back on request",
            Subject.FINANCE,
            FlowDirection.BOTH,
            ("read_write",),
            AuthMethod.API_KEY,
        ),
        Use(
            "payment hooks",
            "hear of payments at once",
            Subject.FINANCE,
            FlowDirection.INBOUND,
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
            FlowDirection.INBOUND,
            ("accounting.transactions.read", "accounting.contacts.read", "offline_access"),
        ),
        Use(
            "payroll run",
            "pay salaries at the end of the month",
            Subject.PEOPLE,
            FlowDirection.OUTBOUND,
            ("payroll.employees", "payroll.settings.read"),
        ),
        Use(
            "monthly report",
            "report the month to the board",
            Subject.FINANCE,
            FlowDirection.INBOUND,
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
            FlowDirection.OUTBOUND,
            ("com.intuit.quickbooks.accounting", "openid"),
        ),
        Use(
            "card payments",
            "book payments made by card",
            Subject.FINANCE,
            FlowDirection.BOTH,
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
            FlowDirection.BOTH,
            ("signature", "extended"),
        ),
        Use(
            "employment contracts",
            "have employment contracts signed",
            Subject.PEOPLE,
            FlowDirection.BOTH,
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
            FlowDirection.BOTH,
            ("basic_account_info", "request_signature"),
        ),
    ),
)
