"""The lifecycle of organisations"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision: str = '0002'
down_revision: str | None = '0001'
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('erasure',
    sa.Column('org_id', sa.Uuid(), nullable=False),
    sa.Column('begun_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('deleted_rows', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('slug_digest', sa.Text(collation='C'), nullable=True),
    sa.Column('certificate', sa.Text(collation='C'), nullable=True),
    sa.PrimaryKeyConstraint('org_id', name=op.f('pk_erasure')),
    schema='palisade'
    )
    op.create_table('organisation_state',
    sa.Column('org_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Text(collation='C'), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_by', sa.Text(collation='C'), nullable=False),
    sa.Column('reason', sa.Text(collation='C'), nullable=True),
    sa.PrimaryKeyConstraint('org_id', name=op.f('pk_organisation_state')),
    schema='palisade'
    )
