"""What both rivals say: the texts and buttons of Suozi's own check-in, as plain strings.

A screen is a text (HTML) and rows of (label, callback data). The households are a list in memory, which is cheaper
than the database query that Suozi answers with; the rivals get that for free.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

Rows = list[list[tuple[str, str]]]
Screen = tuple[str, Rows]

MODES = {"door": "上门", "phone": "电话", "message": "消息"}
OUTCOMES = {"met": "见到了", "nobody_home": "无人在家", "refused": "被拒绝", "not_possible": "没法走访"}
FIVE_ONES = {"walk": "走一遍", "meet": "见一面", "ask": "问一句", "chat": "聊一聊", "check": "查一查"}
NEEDS = {
    "living": "生活困难",
    "medical": "看病",
    "care": "照料",
    "schooling": "上学",
    "work": "就业",
    "papers": "办证代办",
    "repair": "维修",
    "company": "陪伴",
    "trouble": "有麻烦要报告",
}
TIERS = {"stays": "不变", "watch": "调为监测户", "ordinary": "调为一般户"}
PEOPLE = {"1": "王秀英", "2": "单强"}
HOUSEHOLDS = {str(number): f"🔴 王秀英 · 东关村{number}号" for number in range(1, 9)}
CONTROLS = [("📌 稍后再填", "keep"), ("✖ 取消", "cancel")]
STEPS = 11

Answers = Mapping[str, Any]


def _screen(step: int, text: str, rows: Rows, *, first: Sequence[tuple[str, str]] = ()) -> Screen:
    before = [] if step == 1 else [("⬅ 上一步", "back")]
    controls = [[*before, *first], CONTROLS] if before or first else [CONTROLS]
    return f"<i>第 {step} / {STEPS} 步</i>\n\n{text}", [*rows, *controls]


def _rows(options: Mapping[str, str], prefix: str, columns: int) -> Rows:
    buttons = [(label, f"{prefix}:{value}") for value, label in options.items()]
    return [buttons[start : start + columns] for start in range(0, len(buttons), columns)]


def _many(options: Mapping[str, str], prefix: str, chosen: Collection[str], *, typed: bool = False) -> Rows:
    marked = {value: ("✅ " if value in chosen else "▫️ ") + label for value, label in options.items()}
    done = "完成" if chosen or typed else "都没有"
    return [*_rows(marked, prefix, 2), [(done, f"{prefix}:done")]]


def household() -> Screen:
    """Which household?"""
    text = "走访的是哪一户？点一户，或输入姓名、门牌、编号、拼音首字母查找。"
    return _screen(1, text, _rows(HOUSEHOLDS, "household", 1))


def _name(answers: Answers) -> str:
    return HOUSEHOLDS[answers["household"]].split(" · ")[0][2:]


def mode(answers: Answers) -> Screen:
    """Which way was it visited?"""
    door = HOUSEHOLDS[answers["household"]].split(" · ")[1]
    text = f"<b>{_name(answers)}</b>（重点户）\n{door}\n\n怎么走访的？"
    return _screen(2, text, _rows(MODES, "mode", 3))


def outcome(answers: Answers) -> Screen:
    """How did it end?"""
    return _screen(3, f"<b>{_name(answers)}</b>：这次结果如何？", _rows(OUTCOMES, "outcome", 2))


def five_ones(answers: Answers, chosen: Collection[str]) -> Screen:
    """Which of the five were done?"""
    text = f"<b>{_name(answers)}</b>：五个一做了哪些？可多选，选好点“完成”。"
    return _screen(4, text, _many(FIVE_ONES, "five_ones", chosen))


def seen(answers: Answers, chosen: Collection[str]) -> Screen:
    """Who was seen?"""
    text = f"<b>{_name(answers)}</b>：见到了谁？可多选；不在名单上的直接打字。"
    return _screen(5, text, _many(PEOPLE, "seen", chosen), first=[("跳过", "skip")])


def needs(answers: Answers, chosen: Collection[str], note: str) -> Screen:
    """Which needs were noticed?"""
    text = f"<b>{_name(answers)}</b>：发现什么需要？可多选，也可以打字补充。只记事实和请求。"
    return _screen(6, text, _many(NEEDS, "needs", chosen, typed=bool(note)))


def photos() -> Screen:
    """Photos, if any."""
    return _screen(7, "要附照片吗？直接发来，或跳过。", [], first=[("跳过", "skip")])


def place() -> Screen:
    """The place, if wanted."""
    return _screen(8, "要附位置吗？用回形针发送位置，或跳过。", [], first=[("跳过", "skip")])


def tier(answers: Answers) -> Screen:
    """Does the tier stay?"""
    return _screen(9, f"<b>{_name(answers)}</b>现在是重点户。要调整吗？", _rows(TIERS, "tier", 2))


def summary(answers: Answers) -> Screen:
    """Everything that will be saved."""
    lines = [
        "<b>请核对</b>",
        f"户：{HOUSEHOLDS[answers['household']][2:]}",
        "日期：今天",
        f"方式：{MODES[answers['mode']]}",
        f"结果：{OUTCOMES[answers['outcome']]}",
        "五个一：" + "、".join(FIVE_ONES[value] for value in answers["five_ones"]),
        "见到：" + "、".join(PEOPLE[value] for value in answers["seen"]),
        "需要：" + "、".join(NEEDS[value] for value in answers["needs"]),
        f"补充：{answers['note']}",
    ]
    rows = [[("✅ 保存", "save")], [("✏️ 修改", "edit")], [("⬅ 上一步", "back")], CONTROLS]
    return "\n".join(lines), rows


def saved(answers: Answers, number: int) -> Screen:
    """It is saved."""
    text = f"✅ 已保存 <b>V{number:06d}</b>\n{_name(answers)}：{OUTCOMES[answers['outcome']]}"
    return text, [[("今日走访", "today")]]


SCHEMA = """
CREATE TABLE IF NOT EXISTS visit (
    id INTEGER PRIMARY KEY, member_id INTEGER NOT NULL, household TEXT NOT NULL, mode TEXT NOT NULL,
    outcome TEXT NOT NULL, five_ones TEXT NOT NULL, seen TEXT NOT NULL, needs TEXT NOT NULL, note TEXT,
    tier TEXT NOT NULL, recorded_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
)
"""
INSERT = """
INSERT INTO visit (member_id, household, mode, outcome, five_ones, seen, needs, note, tier)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def row(member_id: int, answers: Answers) -> tuple[Any, ...]:
    """The values for `INSERT`."""
    lists = (",".join(answers[key]) for key in ("five_ones", "seen", "needs"))
    first = (member_id, answers["household"], answers["mode"], answers["outcome"])
    return (*first, *lists, answers["note"], answers["tier"])
