"""Products that software is made and run with."""

from typing import Final

from models.integrations import AuthMethod
from palisade.demonstration.products.kinds import Direction, Product, Subject, Use

_GOOGLE: Final = "https://www.googleapis.com/auth"

GITHUB: Final = Product(
    "GitHub Enterprise Cloud",
    "Source control",
    "https://api.github.com",
    (
        Use(
            "repository backup",
            "copy every repository once a night",
            Subject.CODE,
            Direction.INBOUND,
            ("repo", "read:org"),
        ),
        Use(
            "access review",
            "list who can reach which repository",
            Subject.PEOPLE,
            Direction.INBOUND,
            ("read:org", "read:user", "user:email"),
        ),
        Use(
            "build hooks",
            "start builds when code is pushed",
            Subject.CODE,
            Direction.INBOUND,
            ("admin:repo_hook", "workflow"),
            AuthMethod.WEBHOOK_SECRET,
        ),
        Use(
            "code scanning results",
            "collect what code scanning has found",
            Subject.CODE,
            Direction.INBOUND,
            ("security_events",),
        ),
    ),
)

GITLAB: Final = Product(
    "GitLab",
    "Source control",
    "https://gitlab.com/api/v4",
    (
        Use(
            "theme deployment",
            "publish the shop's pages",
            Subject.CODE,
            Direction.BOTH,
            ("api", "read_user"),
        ),
        Use(
            "repository mirror",
            "keep a second copy of the code",
            Subject.CODE,
            Direction.INBOUND,
            ("read_api", "read_repository"),
        ),
        Use(
            "image registry",
            "fetch images to run",
            Subject.CODE,
            Direction.INBOUND,
            ("read_registry",),
            AuthMethod.API_KEY,
        ),
    ),
)

JIRA: Final = Product(
    "Jira",
    "Issue tracking",
    "https://api.atlassian.com",
    (
        Use(
            "release notes",
            "gather what a release has changed",
            Subject.CODE,
            Direction.INBOUND,
            ("read:jira-work", "read:jira-user"),
        ),
        Use(
            "escalations",
            "turn a customer's report into an issue",
            Subject.SUPPORT,
            Direction.OUTBOUND,
            ("read:jira-work", "write:jira-work", "offline_access"),
        ),
        Use(
            "issue hooks",
            "hear of issues as they change",
            Subject.CODE,
            Direction.INBOUND,
            ("manage:jira-webhook",),
            AuthMethod.WEBHOOK_SECRET,
        ),
    ),
)

LINEAR: Final = Product(
    "Linear",
    "Issue tracking",
    "https://api.linear.app/graphql",
    (
        Use(
            "bug intake",
            "open an issue for every confirmed bug",
            Subject.SUPPORT,
            Direction.OUTBOUND,
            ("read", "issues:create"),
        ),
        Use(
            "roadmap",
            "show the plan of the quarter on the intranet",
            Subject.CODE,
            Direction.INBOUND,
            ("read",),
        ),
    ),
)

FIGMA: Final = Product(
    "Figma",
    "Design",
    "https://api.figma.com/v1",
    (
        Use(
            "design tokens",
            "take colours and sizes over into code",
            Subject.CODE,
            Direction.INBOUND,
            ("file_content:read", "library_content:read"),
        ),
        Use(
            "design review",
            "bring comments on designs into issues",
            Subject.DOCUMENTS,
            Direction.INBOUND,
            ("file_comments:read", "file_metadata:read", "current_user:read"),
        ),
    ),
)

DATADOG: Final = Product(
    "Datadog",
    "Monitoring",
    "https://api.datadoghq.com",
    (
        Use(
            "service dashboards",
            "show the state of all services on one wall",
            Subject.TELEMETRY,
            Direction.INBOUND,
            ("dashboards_read", "metrics_read", "timeseries_query"),
        ),
        Use(
            "security signals",
            "collect what the detection rules have found",
            Subject.TELEMETRY,
            Direction.INBOUND,
            ("security_monitoring_signals_read",),
            AuthMethod.API_KEY,
        ),
        Use(
            "alert tuning",
            "change monitors together with the code",
            Subject.TELEMETRY,
            Direction.INBOUND,
            ("monitors_read", "monitors_write"),
            AuthMethod.API_KEY,
        ),
    ),
)

PAGERDUTY: Final = Product(
    "PagerDuty",
    "Incident response",
    "https://api.pagerduty.com",
    (
        Use(
            "on-call roster",
            "show who is on duty",
            Subject.PEOPLE,
            Direction.INBOUND,
            ("schedules.read", "oncalls.read", "users.read"),
        ),
        Use(
            "incident timeline",
            "write reviews from what happened when",
            Subject.TELEMETRY,
            Direction.INBOUND,
            ("incidents.read", "services.read"),
            AuthMethod.OAUTH2_CLIENT_CREDENTIALS,
        ),
        Use(
            "paging",
            "call the person on duty",
            Subject.TELEMETRY,
            Direction.OUTBOUND,
            ("incidents.write", "services.read"),
            AuthMethod.OAUTH2_CLIENT_CREDENTIALS,
        ),
    ),
)

AUTH0: Final = Product(
    "Auth0",
    "Customer identity",
    None,
    (
        Use(
            "customer accounts",
            "look up the account behind a request for help",
            Subject.CUSTOMERS,
            Direction.INBOUND,
            ("read:users", "read:connections"),
            AuthMethod.OAUTH2_CLIENT_CREDENTIALS,
        ),
        Use(
            "login statistics",
            "see where customers fail to sign in",
            Subject.TELEMETRY,
            Direction.INBOUND,
            ("read:logs", "read:clients"),
            AuthMethod.OAUTH2_CLIENT_CREDENTIALS,
        ),
    ),
)

BIGQUERY: Final = Product(
    "BigQuery",
    "Data warehouse",
    "https://bigquery.googleapis.com",
    (
        Use(
            "usage reports",
            "count how the product is used",
            Subject.TELEMETRY,
            Direction.OUTBOUND,
            (f"{_GOOGLE}/bigquery", f"{_GOOGLE}/devstorage.read_only"),
            AuthMethod.PRIVATE_KEY_JWT,
        ),
        Use(
            "revenue model",
            "forecast the revenue of the year",
            Subject.FINANCE,
            Direction.OUTBOUND,
            (f"{_GOOGLE}/bigquery.readonly",),
            AuthMethod.PRIVATE_KEY_JWT,
        ),
    ),
)

SNOWFLAKE: Final = Product(
    "Snowflake",
    "Data warehouse",
    None,
    (
        Use(
            "customer warehouse",
            "join customer records for analysis",
            Subject.CUSTOMERS,
            Direction.OUTBOUND,
            ("session:role:PUBLIC", "refresh_token"),
        ),
        Use(
            "ledger export",
            "hand the ledger to the auditors",
            Subject.FINANCE,
            Direction.OUTBOUND,
            ("session:role:PUBLIC",),
            AuthMethod.PRIVATE_KEY_JWT,
        ),
    ),
)

AIRTABLE: Final = Product(
    "Airtable",
    "Low-code database",
    "https://api.airtable.com/v0",
    (
        Use(
            "campaign lists",
            "keep lists of customers for campaigns",
            Subject.CUSTOMERS,
            Direction.OUTBOUND,
            (
                "data.records:read",
                "data.records:write",
                "schema.bases:read",
                "schema.bases:write",
                "webhook:manage",
                "user.email:read",
            ),
        ),
        Use(
            "office inventory",
            "know which laptop is whose",
            Subject.PEOPLE,
            Direction.BOTH,
            ("data.records:read", "schema.bases:read"),
        ),
    ),
)
