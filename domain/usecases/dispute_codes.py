"""The code of a dispute: it can be said on the telephone, and tells the day and nothing else."""

import hashlib
import re
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.dispute import Dispute

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without what is mistaken for each other on the telephone
_LENGTH = 4
_BEGINS = re.compile(r"D\d{6}")


def looks_like_dispute(code: str) -> bool:
    """Whether it begins as the codes of disputes do, those of leads never."""
    return _BEGINS.match(code) is not None


async def free_code(session: AsyncSession, conversation_id: str, today: date) -> str:
    """A code that no dispute has; the same conversation tries the same ones, in the same order."""
    number = int.from_bytes(hashlib.sha256(conversation_id.encode()).digest())
    while True:
        letters = ""
        for _ in range(_LENGTH):
            number, place = divmod(number, len(_ALPHABET))
            letters += _ALPHABET[place]
        code = f"D{today:%y%m%d}-{letters}"
        taken = select(col(Dispute.id)).where(col(Dispute.code) == code)
        if (await session.execute(taken)).first() is None:
            return code
