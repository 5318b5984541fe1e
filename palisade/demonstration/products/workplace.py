"""Products that people work with all day: identity, messages, documents."""

from typing import Final

from models.integrations import AuthMethod
from palisade.demonstration.products.kinds import Direction, Product, Subject, Use

_GOOGLE: Final = "https://www.googleapis.com/auth"

SLACK: Final = Product(
    "Slack",
    "Messaging",
    "https://slack.com/api",
    (
        Use(
            "incident alerts",
            "post alerts to the channel on duty",
            Subject.TELEMETRY,
            Direction.OUTBOUND,
            ("chat:write", "channels:read"),
        ),
        Use(
            "people directory",
            "match Slack accounts with employees",
            Subject.PEOPLE,
            Direction.INBOUND,
            ("users:read", "users:read.email"),
        ),
        Use(
            "channel archive",
            "keep what was decided in public channels",
            Subject.MESSAGES,
            Direction.INBOUND,
            ("channels:read", "channels:history", "files:read"),
        ),
    ),
)

GOOGLE_WORKSPACE: Final = Product(
    "Google Workspace",
    "Productivity suite",
    "https://www.googleapis.com",
    (
        Use(
            "account sync",
            "create and close accounts with employment",
            Subject.PEOPLE,
            Direction.BOTH,
            (f"{_GOOGLE}/admin.directory.user", f"{_GOOGLE}/admin.directory.group.readonly"),
            AuthMethod.PRIVATE_KEY_JWT,
        ),
        Use(
            "drive search",
            "find documents from the intranet",
            Subject.DOCUMENTS,
            Direction.INBOUND,
            (f"{_GOOGLE}/drive.readonly", f"{_GOOGLE}/drive.metadata.readonly"),
        ),
        Use(
            "meeting planner",
            "see when a room is free",
            Subject.MESSAGES,
            Direction.INBOUND,
            (f"{_GOOGLE}/calendar.readonly",),
        ),
    ),
)

MICROSOFT_365: Final = Product(
    "Microsoft 365",
    "Productivity suite",
    "https://graph.microsoft.com/v1.0",
    (
        Use(
            "mail journal",
            "keep business letters for the time the law asks for",
            Subject.MESSAGES,
            Direction.INBOUND,
            ("Mail.Read", "User.Read.All"),
            AuthMethod.OAUTH2_CLIENT_CREDENTIALS,
        ),
        Use(
            "contract library",
            "file signed contracts where legal looks for them",
            Subject.DOCUMENTS,
            Direction.BOTH,
            ("Sites.ReadWrite.All", "Files.Read.All"),
            AuthMethod.OAUTH2_CLIENT_CREDENTIALS,
        ),
        Use(
            "shared calendars",
            "show who is away",
            Subject.PEOPLE,
            Direction.INBOUND,
            ("Calendars.Read", "User.Read", "offline_access"),
        ),
    ),
)

ENTRA: Final = Product(
    "Microsoft Entra ID",
    "Identity",
    "https://graph.microsoft.com/v1.0",
    (
        Use(
            "sign-in log",
            "look for sign-ins that should not be",
            Subject.TELEMETRY,
            Direction.INBOUND,
            ("AuditLog.Read.All", "Directory.Read.All"),
            AuthMethod.OAUTH2_CLIENT_CREDENTIALS,
        ),
        Use(
            "group review",
            "ask owners twice a year who belongs in a group",
            Subject.PEOPLE,
            Direction.INBOUND,
            ("Group.Read.All", "GroupMember.Read.All", "User.Read.All"),
            AuthMethod.OAUTH2_CLIENT_CREDENTIALS,
        ),
    ),
)

OKTA: Final = Product(
    "Okta Workforce Identity",
    "Identity",
    None,
    (
        Use(
            "joiners and leavers",
            "open and close access with employment",
            Subject.PEOPLE,
            Direction.BOTH,
            ("okta.users.manage", "okta.groups.read"),
            AuthMethod.PRIVATE_KEY_JWT,
        ),
        Use(
            "system log",
            "collect sign-ins and changes of policy",
            Subject.TELEMETRY,
            Direction.INBOUND,
            ("okta.logs.read",),
            AuthMethod.PRIVATE_KEY_JWT,
        ),
        Use(
            "application review",
            "list who was assigned which application",
            Subject.PEOPLE,
            Direction.INBOUND,
            ("okta.apps.read", "okta.users.read", "okta.groups.read"),
            AuthMethod.PRIVATE_KEY_JWT,
        ),
    ),
)

ZOOM: Final = Product(
    "Zoom Meetings",
    "Video meetings",
    "https://api.zoom.us/v2",
    (
        Use(
            "interview scheduling",
            "set up interviews with applicants",
            Subject.PEOPLE,
            Direction.OUTBOUND,
            ("meeting:write", "user:read"),
        ),
        Use(
            "recording archive",
            "keep recordings of trainings",
            Subject.MESSAGES,
            Direction.INBOUND,
            ("recording:read:admin", "user:read:admin"),
            AuthMethod.OAUTH2_CLIENT_CREDENTIALS,
        ),
    ),
)

CONFLUENCE: Final = Product(
    "Confluence",
    "Knowledge base",
    "https://api.atlassian.com",
    (
        Use(
            "handbook search",
            "search the handbook from the intranet",
            Subject.DOCUMENTS,
            Direction.INBOUND,
            ("search:confluence", "read:confluence-content.all"),
        ),
        Use(
            "space backup",
            "copy every space once a week",
            Subject.DOCUMENTS,
            Direction.INBOUND,
            ("read:confluence-content.all", "read:confluence-space.summary", "offline_access"),
        ),
    ),
)

BOX: Final = Product(
    "Box",
    "File sharing",
    "https://api.box.com/2.0",
    (
        Use(
            "deal rooms",
            "share documents with buyers",
            Subject.DOCUMENTS,
            Direction.OUTBOUND,
            ("root_readwrite", "manage_groups"),
            AuthMethod.PRIVATE_KEY_JWT,
        ),
        Use(
            "file retention",
            "find files that should be gone",
            Subject.DOCUMENTS,
            Direction.INBOUND,
            ("root_readonly", "manage_enterprise_properties"),
        ),
    ),
)

DROPBOX: Final = Product(
    "Dropbox",
    "File sharing",
    "https://api.dropboxapi.com/2",
    (
        Use(
            "loyalty mailings",
            "hand lists of customers to an agency",
            Subject.CUSTOMERS,
            Direction.OUTBOUND,
            (
                "files.content.read",
                "files.content.write",
                "sharing.write",
                "team_data.member",
                "members.read",
                "events.read",
            ),
        ),
        Use(
            "photo library",
            "take product photos over into the shop",
            Subject.DOCUMENTS,
            Direction.INBOUND,
            ("files.metadata.read", "files.content.read"),
        ),
    ),
)

MIRO: Final = Product(
    "Miro",
    "Whiteboard",
    "https://api.miro.com/v2",
    (
        Use(
            "workshop boards",
            "keep what workshops have drawn",
            Subject.DOCUMENTS,
            Direction.INBOUND,
            ("boards:read", "identity:read"),
        ),
        Use(
            "store plans",
            "draw the plan of a new store",
            Subject.DOCUMENTS,
            Direction.OUTBOUND,
            ("boards:read", "boards:write", "team:read"),
        ),
    ),
)

ASANA: Final = Product(
    "Asana",
    "Work management",
    "https://app.asana.com/api/1.0",
    (
        Use(
            "campaign plan",
            "show what marketing does next",
            Subject.DOCUMENTS,
            Direction.INBOUND,
            ("tasks:read", "projects:read"),
        ),
        Use(
            "onboarding tasks",
            "give newcomers their list of tasks",
            Subject.PEOPLE,
            Direction.OUTBOUND,
            ("tasks:write", "projects:read", "users:read"),
        ),
    ),
)
