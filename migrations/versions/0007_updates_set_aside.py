"""updates set aside

Revision: 0007
After: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Those few are counted every few seconds; without it all that is kept of three days was read for that.
    op.create_index(
        "ix_inbox_aside",
        "inbox",
        ["seq"],
        sqlite_where=sa.text("set_aside = 1"),
        postgresql_where=sa.text("set_aside"),
    )


def downgrade() -> None:
    op.drop_index("ix_inbox_aside", table_name="inbox")
