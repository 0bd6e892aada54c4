"""replicas

Revision: 0006
After: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# A fence that came again would let a holder of long ago write.
_FINAL = (
    ("lease_fence_not_lowered", "UPDATE", "NEW.fence < OLD.fence", "a fence only grows"),
    ("lease_not_deleted", "DELETE", "", "its fence must not come again"),
)


def upgrade() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=120), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("fence > 0", name=op.f("ck_lease_fence_above_zero")),
        sa.CheckConstraint("holder <> ''", name=op.f("ck_lease_held_by_somebody")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "pace",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_pace")),
    )
    for name, event, when, sentence in _FINAL:
        if not _postgres():
            condition = f" WHEN {when}" if when else ""
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON lease{condition} BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
            )
            continue
        back = "OLD" if event == "DELETE" else "NEW"
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN IF {when or 'TRUE'} THEN RAISE EXCEPTION '{sentence}'; END IF; RETURN {back}; END $$"
        )
        op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON lease FOR EACH ROW EXECUTE FUNCTION {name}()")


def downgrade() -> None:
    for name, _, _, _ in _FINAL:
        op.execute(f"DROP TRIGGER {name}" + (" ON lease" if _postgres() else ""))
        if _postgres():
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("pace")
    op.drop_table("lease")


def _postgres() -> bool:
    return op.get_bind().dialect.name == "postgresql"
