"""What must be found before an organisation is known. Reached by exact-key functions only."""

import datetime
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Global


class DirectoryEntry(Global):
    """Leads from one exact key, such as a slug, to one organisation."""

    kind: Mapped[str] = mapped_column(sa.Text(collation="C"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.Text(collation="C"), primary_key=True)
    org_id: Mapped[uuid.UUID] = mapped_column(sa.Uuid())


class ContextKey(Global):
    """A key that signs the tenant context, as the two pads of its HMAC."""

    id: Mapped[str] = mapped_column(sa.Text(collation="C"), primary_key=True)
    inner_pad: Mapped[bytes] = mapped_column(sa.LargeBinary())
    outer_pad: Mapped[bytes] = mapped_column(sa.LargeBinary())
    created_at: Mapped[datetime.datetime] = mapped_column(
        sa.DateTime(timezone=True), server_default=sa.text("now()")
    )
    retires_at: Mapped[datetime.datetime | None] = mapped_column(sa.DateTime(timezone=True))
