"""What people tell a program that is killed: a visit, a lead, a mediation, a vote; and what must be stored then."""

import re
from collections.abc import Callable, Sequence
from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bench.crowd import CHECK_IN, Press, Say
from bench.kill_county import DOORS, FIRST_GROUP, FOUNDED, SEATS, Grounds
from bench.kill_life import Choose, Life, Row, Step, Tap, Write
from domain.usecases.ballot_counting import box_of
from models.alert import Alert
from models.ballot import Ballot, BallotEntry, Elector, Vote
from models.dispute import Dispute, DisputeEntry, DisputeEntryKind
from models.household import Household
from models.lead import Lead, LeadEntry
from models.mediation import Mediation
from models.visit import Visit


class Story(Protocol):
    """A kind of story."""

    @property
    def name(self) -> str: ...
    def life(self, number: int) -> Life:
        """The story with this number."""
        ...

    async def rows(self, session: AsyncSession, life: Life) -> list[Row]:
        """All that is stored of it."""
        ...

    async def total(self, session: AsyncSession) -> int:
        """How many are stored in all."""
        ...


# What each question of the check-in is known by, and what was ticked before.
CHECK_IN_UNDER = (
    *("", "", "怎么走访的", "结果如何", "五个一", "✅ 走一遍", "✅ 见一面", "见到了谁", "✅ 王秀英"),
    *("发现什么需要", "✅ 看病", "想换第", "要附照片吗", "要附位置吗", "要调整吗", "请核对"),
)


class Visiting:
    """The whole check-in at the door: sixteen updates."""

    name = "visit"

    def __init__(self, grounds: Grounds) -> None:
        self._grounds = grounds

    def life(self, number: int) -> Life:
        """The visit of one door."""
        worker, door = self._grounds.worker_of(number), number % DOORS + 1
        note = f"想换第{number}张医保卡"
        told = tuple(
            Write(note, under) if isinstance(step, Say) and under else _clear(step, under)
            for step, under in zip(CHECK_IN, CHECK_IN_UNDER, strict=True)
        )
        told = (told[0], Choose(f"东关村{door}号"), *told[2:])
        home = f"K-1-{worker}-{door:03d}"
        return Life(number, self.name, worker, told, "/visit", re.compile("^✅ 已保存 V"), home, (note,))

    async def rows(self, session: AsyncSession, life: Life) -> list[Row]:
        """The visits of that door."""
        query = select(Visit, Household).join(Household, col(Household.id) == col(Visit.household_id))
        found = (await session.execute(query.where(col(Household.code) == life.subject))).all()
        return [
            Row(
                (visit.note, visit.counts, len(visit.five_ones), len(visit.seen)) == (life.words[0], True, 2, 1),
                (visit.receipt, f"{home.next_due_on.month}月{home.next_due_on.day}日"),
            )
            for visit, home in found
        ]

    async def total(self, session: AsyncSession) -> int:
        """All visits of these stories; there are others from before."""
        query = select(func.count()).select_from(Visit).where(col(Visit.conversation_id).is_not(None))
        return int((await session.execute(query)).scalar_one())


def _clear(step: Say | Press, under: str) -> Step:
    return Write(step.text, under) if isinstance(step, Say) else Choose(step.label, under)


CALM = ("没有危险", "不涉及孩子", "能自己做主", "没有性侵", "没有拐卖")


class Reporting:
    """Leads: every other one is red."""

    name = "lead"

    def __init__(self, grounds: Grounds) -> None:
        self._grounds = grounds

    def life(self, number: int) -> Life:
        """A lead about no household."""
        words, red = f"第{number}次听见吵闹", number % 2 == 0
        five = ("① 眼下有危险" if red else CALM[0], *CALM[1:])
        steps: list[Step] = [Write("上报线索")]
        steps += [Choose(now, f"✅ {before}" if before else "") for now, before in zip(five, ("", *five), strict=False)]
        if not red:
            steps += [Choose("公共安全与其他", "哪一类"), Choose("环境卫生、噪音")]
        steps += [Choose("不是某一户", "哪里的事"), Write(words, "发生了什么")]
        steps += [Choose("保存", "请核对")] if red else [Choose("跳过"), Choose("保存", "请核对")]
        kind = "red lead" if red else "lead"
        worker = self._grounds.worker_of(number)
        return Life(number, kind, worker, tuple(steps), "上报线索", re.compile("^✅ 已上报 "), number, (words,))

    async def rows(self, session: AsyncSession, life: Life) -> list[Row]:
        """The leads with her words, each with its one alert and its first entry."""
        # What is encrypted cannot be looked for.
        found = [lead for lead in (await session.execute(select(Lead))).scalars() if lead.narrative == life.words[0]]
        rows = []
        for lead in found:
            alerts = select(func.count()).select_from(Alert).where(col(Alert.lead_id) == lead.id)
            entries = select(func.count()).select_from(LeadEntry)
            reported = entries.where(col(LeadEntry.lead_id) == lead.id, col(LeadEntry.kind) == "reported")
            alone = [(await session.execute(query)).scalar_one() for query in (alerts, reported)] == [1, 1]
            red = life.kind == "red lead"
            right = (lead.triage, lead.colour.value == "red") == (["danger"] if red else [], red)
            rows.append(Row(alone and right, (lead.code, "红色" if red else "")))
        return rows

    async def total(self, session: AsyncSession) -> int:
        """All leads."""
        return int((await session.execute(select(func.count()).select_from(Lead))).scalar_one())


_FOUNDED = col(Mediation.record_conversation_id).startswith(FOUNDED)


class Mediating:
    """A failed attempt is recorded; every other one is of a case that has failed once already, and climbs."""

    name = "mediation"

    def __init__(self, grounds: Grounds) -> None:
        self._grounds = grounds

    def life(self, number: int) -> Life:
        """An attempt at one dispute."""
        dispute = self._grounds.disputes[number]
        matter, feelings = f"第{number}家争院墙边的通道", f"第{number}家的老人怕丢面子"
        steps: tuple[Step, ...] = (
            Write("/menu"),
            Tap(f"disp:show:{dispute}"),
            Choose("记录调解"),
            Choose("没有调成", "结果怎么样"),
            Choose("面对面", "怎么调的"),
            Write(matter, "事：争的是什么"),
            Write(feelings, "心：各方心里"),
            *(() if number % 2 else (Choose("跳过", "下次哪天"),)),  # on the next rung others decide that
            Choose("保存", "请核对"),
        )
        worker, kind = self._grounds.worker_of(number), "mediation that climbs" if number % 2 else self.name
        return Life(number, kind, worker, steps, "/menu", re.compile("^✅ 已记录："), dispute, (matter, feelings))

    async def rows(self, session: AsyncSession, life: Life) -> list[Row]:
        """What was recorded of that dispute since it was founded, with the course that it took."""
        dispute = await session.get_one(Dispute, life.subject)
        query = select(Mediation).where(col(Mediation.dispute_id) == dispute.id, ~_FOUNDED)
        climbs = life.number % 2
        entries = select(func.count()).select_from(DisputeEntry).where(col(DisputeEntry.dispute_id) == dispute.id)
        held = entries.where(col(DisputeEntry.kind) == DisputeEntryKind.HELD)
        arrived = entries.where(col(DisputeEntry.kind) == DisputeEntryKind.ARRIVED)
        counts = [(await session.execute(query)).scalar_one() for query in (held, arrived)]
        took = (*counts, dispute.tried.get("grid", 0), dispute.rung == "grid")
        right = took == (1 + climbs, 1 + climbs, 1 + climbs, not climbs)
        says = (dispute.code, "已自动上报" if climbs else "")
        return [
            Row(right and (one.matter, one.feelings, one.counted) == (*life.words, True), says)
            for one in (await session.execute(query)).scalars()
        ]

    async def total(self, session: AsyncSession) -> int:
        """All attempts."""
        query = select(func.count()).select_from(Mediation).where(~_FOUNDED)
        return int((await session.execute(query)).scalar_one())


CHOICES = (("赞成", "fa", "favour"), ("反对", "ag", "against"), ("弃权", "ab", "abstain"))


class Voting:
    """Open and secret votes, in private and in the group."""

    name = "vote"

    def __init__(self, grounds: Grounds) -> None:
        self._grounds = grounds

    def life(self, number: int) -> Life:
        """One voter's vote in one ballot."""
        council, seat = number // (2 * SEATS), number // 2 % SEATS
        secret, in_group = number % 2 == 1, seat % 3 == 2
        ballot = self._grounds.ballots[council][secret]
        word, sign, choice = CHOICES[seat % 2]
        steps: tuple[Step, ...]
        paper = (Write("/votes"), Tap(f"vote:paper:{ballot}"))
        if in_group:
            steps = (Tap(f"vote:cast:{ballot}:{sign}"),)
        elif secret:
            steps = (*paper, Choose(word, "请您表决"), Choose(f"确定，投{word}", "确定投"))
        else:
            steps = (*paper, Choose(word, "请您表决"))
        receipt = "投入票箱|已经投票|已经投过票" if secret else f"已记下：{word}|您投的就是{word}|您投的是：{word}"
        kind = f"{'secret' if secret else 'open'} vote {'in the group' if in_group else 'in private'}"
        chat = FIRST_GROUP - council if in_group else 0
        voter = self._grounds.voter(council, seat)
        return Life(number, kind, voter, steps, "/votes", re.compile(receipt), ballot, (choice,), chat)

    async def rows(self, session: AsyncSession, life: Life) -> list[Row]:
        """Her vote, or that hers is in the box."""
        ballot, member = await session.get_one(Ballot, life.subject), self._grounds.members[life.who]
        if ballot.secret:
            box = await box_of(session, ballot)
            place = select(col(Elector.position)).where(
                col(Elector.ballot_id) == ballot.id, col(Elector.member_id) == member
            )
            mine = box.put_in[(await session.execute(place)).scalar_one()]
            return [Row(box.sound and box.turnout == life.number // 2 % SEATS + 1, ())] if mine else []
        query = select(Vote).where(col(Vote.ballot_id) == ballot.id, col(Vote.member_id) == member)
        cast = (
            select(func.count())
            .select_from(BallotEntry)
            .where(col(BallotEntry.ballot_id) == ballot.id, col(BallotEntry.voter_id) == member)
        )
        casts = (await session.execute(cast)).scalar_one()
        found = (await session.execute(query)).scalars()
        return [Row(vote.choice.value == life.words[0] and casts == 1, ()) for vote in found]

    async def total(self, session: AsyncSession) -> int:
        """All votes, those in boxes too."""
        ballots = (await session.execute(select(Ballot).where(col(Ballot.secret)))).scalars()
        boxes = [await box_of(session, ballot) for ballot in ballots]
        votes = (await session.execute(select(func.count()).select_from(Vote))).scalar_one()
        return int(votes) + sum(box.turnout for box in boxes)


STORIES: Sequence[Callable[[Grounds], Story]] = (Visiting, Reporting, Mediating, Voting)
