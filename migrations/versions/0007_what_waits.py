"""what waits

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
    # A replica that works meanwhile writes notices first, and then what it has done: so the tables are locked here.
    _order_of_what_waits("lane", "not_before", "id")
    # Those few are counted every few seconds; without it all that is kept of three days was read for that.
    op.create_index(
        "ix_inbox_aside",
        "inbox",
        ["seq"],
        sqlite_where=sa.text("set_aside = 1"),
        postgresql_where=sa.text("set_aside"),
    )


def downgrade() -> None:
    _order_of_what_waits("lane", "not_before")
    op.drop_index("ix_inbox_aside", table_name="inbox")


def _order_of_what_waits(*columns: str) -> None:
    """With the number in it, taking the next few of a morning's notices does not sort all of them."""
    op.drop_index("ix_outbox_waiting", table_name="outbox")
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        list(columns),
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
