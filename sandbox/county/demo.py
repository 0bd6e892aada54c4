"""云锦县: the small made-up county of the first run, in which one can be everybody."""

from collections.abc import Iterator
from datetime import date
from random import Random

from sandbox.county.households import GridPlan, HouseholdMaker, chinese_number
from sandbox.county.rows import AreaRow, County, HouseholdRow, StaffRow

_COUNTY = AreaRow("YJ", None, "county", "云锦县")
_TOWNSHIPS = (
    AreaRow("YJ-QS", "YJ", "township", "青梭镇"),
    AreaRow("YJ-ZY", "YJ", "township", "织云街道"),
)
_COMMUNITIES = (
    AreaRow("YJ-QS-DG", "YJ-QS", "community", "东关村"),
    AreaRow("YJ-QS-LW", "YJ-QS", "community", "柳湾村"),
    AreaRow("YJ-ZY-JX", "YJ-ZY", "community", "锦绣社区"),
    AreaRow("YJ-ZY-SQ", "YJ-ZY", "community", "梭桥社区"),
)
_SIZES = {
    "YJ-QS-DG": (12, 10, 9),
    "YJ-QS-LW": (10, 11, 8),
    "YJ-ZY-JX": (12, 10, 10),
    "YJ-ZY-SQ": (10, 10, 8),
}
_FACTORY = "YJ-ZY-SQ-03"

_FIRST_DAY = "key:overdue watch:due ordinary:due ordinary:overdue ordinary:never watch:fine"
_OTHER_DAYS = (
    "key:due watch:fine ordinary:overdue ordinary:due",
    "watch:due watch:overdue ordinary:due ordinary:never",
    "key:fine watch:overdue ordinary:due",
    "watch:fine watch:due ordinary:overdue ordinary:due",
)

# name, locale, "role area" pairs. The first is a rural grid worker; ids are given in this order. In 锦绣社区 an alert
# can be followed in English from the grid to the township.
_STAFF = (
    ("赵春梅", "zh", "grid_worker YJ-QS-DG-01, executive YJ-QS-DG"),
    ("李红霞", "zh", "grid_worker YJ-QS-DG-02, executive YJ-QS-DG"),
    ("孙志刚", "zh", "grid_worker YJ-QS-DG-03"),
    ("马玉珍", "zh", "grid_worker YJ-QS-LW-01, executive YJ-QS-LW"),
    ("何晓燕", "zh", "grid_worker YJ-QS-LW-02, executive YJ-QS-LW"),
    ("单永平", "zh", "grid_worker YJ-QS-LW-03"),
    ("林爱敏", "en", "grid_worker YJ-ZY-JX-01, executive YJ-ZY-JX, council_member YJ-ZY-JX"),
    ("曾丽华", "zh", "grid_worker YJ-ZY-JX-02, executive YJ-ZY-JX, council_member YJ-ZY-JX"),
    ("欧阳静", "zh", "grid_worker YJ-ZY-JX-03, council_member YJ-ZY-JX"),
    ("高雪梅", "zh", "grid_worker YJ-ZY-SQ-01, executive YJ-ZY-SQ"),
    ("唐文娟", "zh", "grid_worker YJ-ZY-SQ-02"),
    ("罗海燕", "zh", "grid_worker YJ-ZY-SQ-03, executive YJ-ZY-SQ"),
    ("冯建平", "zh", "instructor YJ-QS-DG-01, instructor YJ-QS-DG-02, instructor YJ-QS-DG-03"),
    ("郑玉梅", "zh", "instructor YJ-QS-LW-01, instructor YJ-QS-LW-02, instructor YJ-QS-LW-03"),
    ("郭明辉", "zh", "instructor YJ-ZY-JX-01, instructor YJ-ZY-JX-02"),
    ("仇慧", "zh", "instructor YJ-ZY-JX-03, instructor YJ-ZY-SQ-01"),
    ("彭国林", "zh", "instructor YJ-ZY-SQ-02, instructor YJ-ZY-SQ-03"),
    ("宋永福", "zh", "head YJ-QS-DG"),
    ("许桂芳", "zh", "head YJ-QS-LW"),
    ("解芳", "en", "head YJ-ZY-JX"),
    ("韩志远", "zh", "head YJ-ZY-SQ"),
    ("任德厚", "zh", "mediator YJ-QS-DG-Z1, mediator YJ-QS-DG-Z2"),
    ("查玉芬", "zh", "mediator YJ-QS-DG-Z3, mediator YJ-QS-DG-Z1"),
    ("田广福", "zh", "mediator YJ-QS-LW-Z1, mediator YJ-QS-LW-Z2, mediator YJ-QS-LW-Z3"),
    ("钱淑芬", "zh", "mediator YJ-ZY-JX"),
    ("邓勇", "zh", "township_centre YJ-QS"),
    ("蒋丽萍", "en", "township_centre YJ-ZY"),
    ("程晓东", "zh", "county_centre YJ"),
    ("尹慧敏", "zh", "county_centre YJ"),
    ("沈雅洁", "zh", "federation_officer YJ"),
    ("苏海霞", "zh", "federation_officer YJ-QS"),
    ("叶思颖", "zh", "federation_officer YJ-ZY"),
    ("陆文斌", "zh", "administrator YJ"),
    ("王桂兰", "zh", "executive YJ-QS-DG"),
    ("张小玲", "zh", "executive YJ-QS-DG"),
    ("梁翠莲", "zh", "executive YJ-QS-DG"),
    ("刘凤琴", "zh", "executive YJ-QS-LW"),
    ("陈春燕", "zh", "executive YJ-QS-LW"),
    ("杨素珍", "zh", "executive YJ-QS-LW"),
    ("黄慧玲", "zh", "executive YJ-ZY-JX, council_chair YJ-ZY-JX"),
    ("周丽萍", "zh", "executive YJ-ZY-JX, council_member YJ-ZY-JX"),
    ("徐嘉莹", "zh", "executive YJ-ZY-JX, council_member YJ-ZY-JX"),
    ("胡佳琪", "zh", "executive YJ-ZY-SQ"),
    ("谢晓芳", "zh", "executive YJ-ZY-SQ"),
    ("吕婷", "zh", "executive YJ-ZY-SQ"),
    ("朱淑英", "zh", "council_member YJ-ZY-JX"),
    ("方静", "zh", "council_member YJ-ZY-JX"),
    ("上官雯", "zh", "council_member YJ-ZY-JX"),
    # Who may be asked for help; the name says in what, as nothing else does.
    ("顾文倩", "zh", "federation_officer YJ"),
    ("薛明哲律师", "zh", "expert YJ"),
    ("石秀英医生", "zh", "expert YJ"),
    ("范雨婷心理咨询师", "zh", "expert YJ"),
    ("金志强警官", "zh", "expert YJ"),
    ("邹晓明法官", "zh", "expert YJ"),
    ("青梭派出所", "zh", "partner_unit YJ-QS"),
    ("青梭镇卫生院", "zh", "partner_unit YJ-QS"),
    ("织云派出所", "zh", "partner_unit YJ-ZY"),
    ("织云司法所", "zh", "partner_unit YJ-ZY"),
    ("云锦县民政局", "zh", "partner_unit YJ"),
    ("云锦县妇幼保健院", "zh", "partner_unit YJ"),
    ("秦淑兰", "zh", "auditor YJ"),
)
FIRST_TELEGRAM_ID = 7001


def small_county(rng: Random, today: date) -> County:
    """The embedded demo: 2 townships, 4 communities, 12 grids, 120 households and their staff."""
    plans = [plan for community in _COMMUNITIES for plan in _grids(community)]
    return County(
        areas=(_COUNTY, *_TOWNSHIPS, *_COMMUNITIES, *_grid_areas(plans)),
        staff=tuple(_staff()),
        households=tuple(_households(rng, today, plans)),
    )


def _grids(community: AreaRow) -> Iterator[GridPlan]:
    for number, size in enumerate(_SIZES[community.code], start=1):
        code = f"{community.code}-{number:02d}"
        name = f"{community.name}第{number}网格"
        if code == _FACTORY:
            # The factory's dormitory has no village group and no micro-grids: levels may be missing.
            yield GridPlan(
                code,
                "云锦制衣厂专属网格",
                community.code,
                "exclusive",
                size,
                "员工宿舍",
                with_microgrids=False,
            )
        elif community.parent_code == "YJ-QS":
            prefix = f"{community.name}{chinese_number(number)}组"
            yield GridPlan(code, name, f"{community.code}-Z{number}", "rural", size, prefix)
        else:
            yield GridPlan(code, name, community.code, "urban", size, "", first_building=number)


def _grid_areas(plans: list[GridPlan]) -> Iterator[AreaRow]:
    for plan in plans:
        if plan.grid_kind == "rural":
            yield AreaRow(plan.parent_code, plan.code[:8], "village_group", plan.door_prefix)
        yield from plan.areas()


def _staff() -> Iterator[StaffRow]:
    for telegram_id, (name, locale, posts) in enumerate(_STAFF, start=FIRST_TELEGRAM_ID):
        pairs = (post.split(" ") for post in posts.split(", "))
        yield StaffRow(telegram_id, name, locale, tuple((role, area) for role, area in pairs))


def _households(rng: Random, today: date, plans: list[GridPlan]) -> Iterator[HouseholdRow]:
    maker = HouseholdMaker(rng, today)
    for number, plan in enumerate(plans):
        day = _FIRST_DAY if number == 0 else _OTHER_DAYS[number % len(_OTHER_DAYS)]
        yield from maker.fill(plan, _shuffled_day(rng, day, plan.households))


def _shuffled_day(rng: Random, day: str, households: int) -> list[tuple[str, str]]:
    """The morning's cases, hidden in no order among households that need nothing today."""
    cases = [(tier, state) for tier, state in (case.split(":") for case in day.split())]
    cases += [("ordinary", "fine")] * (households - len(cases))
    rng.shuffle(cases)
    return cases
