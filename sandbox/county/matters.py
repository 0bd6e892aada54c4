"""What the women's council of the small county has proposed, voted on and seen done by the first day."""

from dataclasses import dataclass

# The members in the order of their votes below.
MEMBERS = ("黄慧玲", "林爱敏", "曾丽华", "欧阳静", "周丽萍", "徐嘉莹", "朱淑英", "方静", "上官雯")
CHAIR = MEMBERS[0]


@dataclass(frozen=True, slots=True)
class MatterStep:
    """What somebody did so many days ago.

    `what`: accept, decline, discuss, opinion, meet (and who came), vote or secret (with `votes`, a letter for each of
    MEMBERS: f, a, 0 for abstain, - for none; closed when everybody has voted, or by its deadline once that is past),
    project (`by` is its owner, `days` its length), progress, done, rate (a mark for each of MEMBERS).
    """

    days_ago: int
    by: str
    what: str
    words: str = ""
    votes: str = ""
    days: int = 0
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MatterRow:
    """An item: who proposed it when, and its life until today."""

    days_ago: int
    by: str
    urgency: str
    title: str
    body: str
    steps: tuple[MatterStep, ...] = ()


MATTERS = (
    MatterRow(
        33, "周丽萍", "small", "给每户发一把扫帚", "楼道好久没人扫了，发了扫帚大家就会扫。",
        (MatterStep(32, CHAIR, "decline", "扫帚社区服务站能借。谁来扫、哪天扫，想好了再一起议。"),),
    ),
    MatterRow(
        24, "欧阳静", "small", "楼道灯换成声控灯", "晚上回家要摸黑上楼，老人和孩子不敢走。",
        (
            MatterStep(24, CHAIR, "accept"),
            MatterStep(24, CHAIR, "vote", votes="fffffff0f"),
            MatterStep(
                22, "周丽萍", "project", "先换三号楼，再换其余两栋", days=14,
                steps=("数清要换多少盏", "向物业申请灯具", "请电工装好"),
            ),
            MatterStep(16, "周丽萍", "progress", "物业同意出灯具，一共十八盏"),
            MatterStep(10, "周丽萍", "done", "十八盏都换好了，人走灯灭，也省电"),
            MatterStep(9, CHAIR, "rate", votes="5545-4534"),
        ),
    ),
    MatterRow(
        19, "方静", "small", "凉亭里加两张长椅", "接送孩子的人没有地方坐。",
        (MatterStep(18, CHAIR, "accept"), MatterStep(18, CHAIR, "vote", votes="ff-a----f")),
    ),
    MatterRow(
        15, "林爱敏", "hard", "给独居老人轮流送一餐热饭",
        "天冷了，有的老人一天只吃一顿。谁来做、钱从哪里来，要好好商量。",
        (
            MatterStep(14, CHAIR, "accept"),
            MatterStep(14, CHAIR, "discuss"),
            MatterStep(12, "曾丽华", "opinion", "可以先从每周两次做起，愿意做饭的先报名。"),
            MatterStep(11, "方静", "opinion", "社区食堂中午有余量，和他们商量一下，比各家做省事。"),
            MatterStep(9, CHAIR, "meet", "锦绣社区活动室", votes="xxxxx-x-x"),
        ),
    ),
    MatterRow(
        8, "朱淑英", "urgent", "大雨前清一清地下车库的排水沟", "周末有大雨，去年水漫到了电表箱。",
        (
            MatterStep(8, CHAIR, "accept"),
            MatterStep(8, CHAIR, "secret", votes="fffff0faf"),
            MatterStep(
                7, "朱淑英", "project", "清沟，备沙袋，排好值守", days=14, steps=("清排水沟", "借沙袋", "排值守表"),
            ),
            MatterStep(3, "朱淑英", "progress", "沟清好了，沙袋借到四十个"),
        ),
    ),
    MatterRow(
        3, "郭明辉", "small", "楼梯扶手加一根矮的", "走访时好几户说扶手太高，老人和孩子够不着。",
        (MatterStep(2, CHAIR, "accept"),),
    ),
    MatterRow(
        1, "徐嘉莹", "small", "门口的电动车停成一排", "早晚进出挤成一团，轮椅过不去。",
        (MatterStep(1, CHAIR, "accept"), MatterStep(0, CHAIR, "vote", votes="f-f--f-a-")),
    ),
    MatterRow(0, "上官雯", "small", "周末办一次旧书交换", "孩子看过的书换一换，不花钱。"),
)  # fmt: skip
