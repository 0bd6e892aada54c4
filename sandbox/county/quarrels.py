"""What people of the small county quarrel about on the first day, and what has been done about it so far."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PartyRow:
    """A party from outside the register; without a name she is the head of the dispute's household."""

    wishes: str | None
    name: str = ""
    consent: bool = True


@dataclass(frozen=True, slots=True)
class StepRow:
    """What somebody did so many days ago.

    `what`: accept, plan (so many days ahead as `days_ago` is below zero), agreed, partly, failed, refused, session,
    pass_up, follow_up (it holds), ask_closing, close. `matter` is what was said of it, `feelings` and `promises`
    belong to a mediation that was held.
    """

    days_ago: int
    by: str
    what: str
    matter: str = ""
    feelings: str | None = None
    promises: str | None = None


@dataclass(frozen=True, slots=True)
class QuarrelRow:
    """A dispute: who registered it when, what it is about, and its life until today. `household` is a code."""

    days_ago: int
    by: str
    household: str
    item: str
    facts: str
    parties: tuple[PartyRow, ...]
    steps: tuple[StepRow, ...] = ()
    kind: str = "dispute"
    source: str = "visit"


# Each rung but the last has one, and each state that a newcomer will meet: waiting, planned, overdue, agreed, closed,
# ended.
QUARRELS = (
    QuarrelRow(
        1, "马玉珍", "YJ-QS-LW-01-003", "neighbours",
        "两家共用一条排水沟，下雨时水漫进了院子，互相说对方堵了沟。",
        (PartyRow("把沟疏通，院墙根不再泡水"), PartyRow("沟是公用的，一起出工", "邻居老唐")),
    ),
    QuarrelRow(
        6, "赵春梅", "YJ-QS-DG-01-005", "land",
        "翻建院墙时量地界，两家说的界石不是一块，吵过两次。",
        (PartyRow("按老界石砌墙"), PartyRow("先请村里重新量", "东邻吴师傅")),
        (
            StepRow(6, "赵春梅", "accept"),
            StepRow(3, "赵春梅", "failed", "各说各的界石，没谈拢", "两家老人都在气头上，先各自听完再见面"),
            StepRow(-3, "赵春梅", "plan", "东关村村委会小会议室"),
        ),
    ),
    QuarrelRow(
        16, "李红霞", "YJ-QS-DG-02-004", "inheritance",
        "老人留下三间房，兄妹对怎么分说法不一。",
        (PartyRow("按老人生前说的分"), PartyRow("出过钱翻修，想先扣除", "妹妹李天芳")),
        (
            StepRow(15, "李红霞", "accept"),
            StepRow(12, "李红霞", "failed", "翻修的钱谁出的，各有说法", "妹妹觉得这些年没人记得她的好"),
            StepRow(8, "冯建平", "failed", "看了翻修的票据，还是谈不拢", "两人都愿意请本家长辈来说"),
            StepRow(7, "任德厚", "accept"),
        ),
        source="office",
    ),
    QuarrelRow(
        9, "何晓燕", "YJ-QS-LW-02-003", "debt",
        "前年借的两万元，一直没有写借条，说好的日子过了。",
        (PartyRow("年底前分两次还"), PartyRow("先还一半，补一张借条", "表兄马海涛")),
        (
            StepRow(9, "何晓燕", "accept"),
            StepRow(8, "何晓燕", "pass_up", "两边都要请组里的老党员来说"),
            StepRow(7, "田广福", "accept"),
            StepRow(
                2, "田广福", "agreed", "借款属实，补写借条", "亲戚之间伤了面子，互相道了歉",
                "本月底还一万元，春节前还清；今天补写借条",
            ),
        ),
    ),
    QuarrelRow(
        12, "曾丽华", "YJ-ZY-JX-02-003", "environment",
        "楼上晚上十点后还有走动和拖椅子的声音，楼下老人睡不好。",
        (PartyRow("晚上十点以后安静"), PartyRow("孩子小，尽量铺地垫", "楼上住户")),
        (
            StepRow(12, "曾丽华", "accept"),
            StepRow(9, "曾丽华", "failed", "对声音大小说法不一", "楼下老人有委屈，说了半小时才平静"),
            StepRow(4, "郭明辉", "failed", "楼上说已铺地垫，楼下说没有用", "两家不愿意当面谈"),
            StepRow(3, "解芳", "accept"),
            StepRow(1, "解芳", "partly", "同意先请物业测一次声音", "第一次两家坐在一起喝了杯茶"),
        ),
    ),
    QuarrelRow(
        12, "罗海燕", "YJ-ZY-SQ-03-003", "wages",
        "车间加班费的算法，班组和厂里对不上。",
        (PartyRow("把上月加班补齐"), PartyRow("按考勤表算", "制衣厂人事")),
        (StepRow(12, "罗海燕", "accept"),),
        source="office",
    ),
    QuarrelRow(
        10, "高雪梅", "YJ-ZY-SQ-01-005", "marriage",
        "夫妻为照顾老人和花钱的事常拌嘴，两人都愿意来聊聊。",
        (PartyRow("希望有人听一听"),),
        (
            StepRow(10, "仇慧", "accept"),
            StepRow(5, "仇慧", "session", "说了各自一天是怎么过的", "都觉得累，愿意再来一次"),
        ),
        kind="counselling",
    ),
    QuarrelRow(
        9, "单永平", "YJ-QS-LW-03-004", "land",
        "修路占了一角菜地，补偿怎么算一直没有说清。",
        (PartyRow("按实际占地补偿"), PartyRow("按图纸算", "施工队刘队长")),
        (
            StepRow(9, "单永平", "accept"),
            StepRow(8, "单永平", "pass_up", "涉及镇里的工程，网格里定不了"),
            StepRow(7, "田广福", "pass_up", "组里定不了补偿"),
            StepRow(6, "许桂芳", "pass_up", "要镇里和施工方一起谈"),
            StepRow(4, "邓勇", "accept"),
        ),
        source="office",
    ),
    QuarrelRow(
        52, "孙志刚", "YJ-QS-DG-03-004", "neighbours",
        "晒谷场的位置两家都要用，秋收时争了起来。",
        (PartyRow("上午用"), PartyRow("下午用", "隔壁老秦")),
        (
            StepRow(51, "孙志刚", "accept"),
            StepRow(
                50, "孙志刚", "agreed", "场地归组里，谁都能用", "都怕粮食淋雨，说开了就好",
                "上午、下午轮流用，下雨天一起收",
            ),
            StepRow(43, "孙志刚", "follow_up", "两家都按说的办"),
            StepRow(20, "孙志刚", "follow_up", "没有再争"),
            StepRow(19, "孙志刚", "ask_closing", "两次回访都好，申请结案"),
            StepRow(18, "冯建平", "close", "看过记录，同意结案"),
        ),
    ),
    QuarrelRow(
        7, "孙志刚", "YJ-QS-DG-03-005", "debt",
        "合伙买农机的钱怎么退，一方不愿意再谈。",
        (PartyRow("退回出的那一份"), PartyRow(None, "合伙人老于", consent=False)),
        (
            StepRow(7, "孙志刚", "accept"),
            StepRow(3, "孙志刚", "refused", "对方不愿意再调解，要走法律途径", "谢过他来，把途径讲清楚了"),
        ),
    ),
)  # fmt: skip
