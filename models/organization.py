"""The organisation itself: the record every other record belongs to."""

from enum import StrEnum

from sqlalchemy.orm import Mapped

from models.base import UPDATE_ONLY, Model, Options
from models.classification import Category, internal, public
from models.columns import ColumnExposure, choice, text

SLUG_PATTERN = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"


class OrganizationStatus(StrEnum):
    """Whether an organisation is served; an operator changes it."""

    ACTIVE = "ACTIVE"
    FROZEN = "FROZEN"
    RESTORING = "RESTORING"
    DELETED = "DELETED"


class Organization(Model):
    """A customer organisation. Its id is the org id of everything it owns."""

    __options__ = Options(
        exposure=UPDATE_ONLY,
        unique=(("slug",),),
        checks={"is_its_own_org": "id = org_id"},
    )

    slug: Mapped[str] = text(
        "Short name, unique over all organisations.",
        public(Category.BUSINESS),
        max_length=63,
        pattern=SLUG_PATTERN,
        exposure=ColumnExposure.READ_ONLY,
    )
    name: Mapped[str] = text("Legal or trading name.", public(Category.BUSINESS))
    status: Mapped[OrganizationStatus] = choice(
        "Whether the organisation is served.",
        internal(Category.BUSINESS),
        of=OrganizationStatus,
        default=OrganizationStatus.ACTIVE,
        exposure=ColumnExposure.READ_ONLY,
    )
