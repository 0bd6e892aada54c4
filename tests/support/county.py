"""A tiny county for tests: names, codes and days that a test can say out loud."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from domain.rules.policy import Policy
from domain.usecases.loading import CountyLoader
from sandbox.county import AreaRow, HouseholdRow, ResidentRow, StaffRow

# Saturday 21 November 2026, nine in the morning in Shanghai.
SATURDAY = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
POLICY = Policy()

WORKER, OTHER_WORKER, INSTRUCTOR, HEAD, ENGLISH, ADMIN, OTHER_HEAD = range(101, 108)
TOWNSHIP, COUNTY, RIGHTS, EXPERT, UNIT, AUDITOR = range(108, 114)
STRANGER = 999
NAMES = {
    WORKER: "陈秀兰",
    OTHER_WORKER: "李桂芳",
    INSTRUCTOR: "王建国",
    HEAD: "赵敏",
    ENGLISH: "Lin Aimin",
    ADMIN: "周静",
    OTHER_HEAD: "孙丽",
    TOWNSHIP: "钱玉梅",
    COUNTY: "吴芳",
    RIGHTS: "郑洁",
    EXPERT: "冯律师",
    UNIT: "派出所值班",
    AUDITOR: "韩审",
    STRANGER: "路人",
}
POSTS: dict[int, tuple[tuple[str, str], ...]] = {
    WORKER: (("grid_worker", "T-A-01"),),
    OTHER_WORKER: (("grid_worker", "T-A-02"),),
    INSTRUCTOR: (("instructor", "T-A-01"), ("instructor", "T-A-02")),
    HEAD: (("head", "T-A"),),
    ENGLISH: (("grid_worker", "T-B-01"),),
    ADMIN: (("administrator", "T"),),
    OTHER_HEAD: (("head", "T-B"),),
    TOWNSHIP: (("township_centre", "T-X"),),
    COUNTY: (("county_centre", "T"),),
    RIGHTS: (("federation_officer", "T"),),
    EXPERT: (("expert", "T"),),
    UNIT: (("partner_unit", "T-X"),),
    AUDITOR: (("auditor", "T"),),
}
AREAS = (
    AreaRow("T", None, "county", "测试县"),
    AreaRow("T-X", "T", "township", "东乡镇"),
    AreaRow("T-A", "T-X", "community", "东关村"),
    AreaRow("T-B", "T-X", "community", "西河社区"),
    AreaRow("T-A-01", "T-A", "grid", "东关村第1网格", "rural"),
    AreaRow("T-A-02", "T-A", "grid", "东关村第2网格", "rural"),
    AreaRow("T-B-01", "T-B", "grid", "西河社区第1网格", "urban"),
)


def home(  # noqa: PLR0917 - read as a table below
    code: str, grid: str, address: str, name: str, tier: str, visited_days_ago: int | None, *more: str
) -> HouseholdRow:
    """A household whose head is `name`, with further people by name."""
    people = [ResidentRow(name, "head", 1960, "f", "19000000001", None)]
    people += [ResidentRow(other, "child", 1990, "m", None, None) for other in more]
    return HouseholdRow(
        code, grid, None, address, tier, "lives_alone" if tier == "key" else None, "", visited_days_ago, tuple(people)
    )


HOUSEHOLDS = (
    home("T-A-01-001", "T-A-01", "东关村1号", "王秀英", "key", 10),  # overdue by 3 days
    home("T-A-01-002", "T-A-01", "东关村2号", "单小红", "watch", 31, "单强"),  # due today
    home("T-A-01-003", "T-A-01", "东关村3号", "张伟", "ordinary", None),  # never visited
    home("T-A-01-004", "T-A-01", "东关村4号", "刘洋", "ordinary", 5),  # not due
    home("T-A-02-001", "T-A-02", "东关村21号", "何平", "watch", 5),
    home("T-B-01-001", "T-B-01", "2号楼1单元101", "高翔", "key", 7),  # due today
)


async def found_county(session: AsyncSession, now: datetime = SATURDAY) -> None:
    """Write the tiny county into an empty database."""
    loader = CountyLoader(session, now=now, policy=POLICY)
    await loader.start()
    for area in AREAS:
        await loader.area(area)
    for telegram_id, posts in POSTS.items():
        await loader.member(StaffRow(telegram_id, NAMES[telegram_id], "en" if telegram_id == ENGLISH else "zh", posts))
    for household in HOUSEHOLDS:
        await loader.household(household)
    await loader.finish()


def days_from_saturday(days: int) -> date:
    """The local day so many days after the tests' Saturday."""
    return POLICY.today(SATURDAY) + timedelta(days=days)
