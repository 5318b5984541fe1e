"""What is known above organisations. Reached by functions only, of an exact key or a context."""

import datetime
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
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


class OrganisationState(Global):
    """Whether an organisation may be changed. One without a row is active.

    The truth that the walls obey; ``Organization.status`` is what the organisation is shown.
    """

    org_id: Mapped[uuid.UUID] = mapped_column(sa.Uuid(), primary_key=True)
    state: Mapped[str] = mapped_column(sa.Text(collation="C"))
    changed_at: Mapped[datetime.datetime] = mapped_column(
        sa.DateTime(timezone=True), server_default=sa.text("now()")
    )
    changed_by: Mapped[str] = mapped_column(sa.Text(collation="C"))
    reason: Mapped[str | None] = mapped_column(sa.Text(collation="C"))


class Erasure(Global):
    """That an organisation was erased, or is being erased where there is no certificate yet."""

    org_id: Mapped[uuid.UUID] = mapped_column(sa.Uuid(), primary_key=True)
    begun_at: Mapped[datetime.datetime] = mapped_column(
        sa.DateTime(timezone=True), server_default=sa.text("now()")
    )
    deleted_rows: Mapped[object] = mapped_column(postgresql.JSONB())
    erased_at: Mapped[datetime.datetime | None] = mapped_column(sa.DateTime(timezone=True))
    slug_digest: Mapped[str | None] = mapped_column(sa.Text(collation="C"))
    certificate: Mapped[str | None] = mapped_column(sa.Text(collation="C"))
