"""On whose behalf the data is touched: what the audit trail says of a change."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """The subject of a token, its client, and the request it came with."""

    subject: str
    client_id: str | None = None
    request_id: str | None = None
