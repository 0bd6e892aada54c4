"""Writes the Word templates of a council's record (妇女议事会活动记录表) anew:
`python -m tests.messages.council_minutes_template`.

Once written they are ordinary Word files with blanks, which a county may change in Word. The source (D) names the form
and does not show it: its rows are ours.
"""

from dataclasses import dataclass
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt

from handlers.meeting_record import CouncilMinutes
from messages.documents import document_file
from tests.messages.word_forms import Row, look, pairs, signatures


@dataclass(frozen=True, slots=True)
class Words:
    """All words of the template in one language."""

    locale: str
    title: str
    page: tuple[str, str]
    state: str
    head: tuple[Row, ...]
    headings: tuple[str, str, str, str]
    item: str
    item_rows: tuple[Row, ...]
    ballot_rows: tuple[Row, ...]
    no_items: str
    no_ballot: str
    project_rows: tuple[Row, ...]
    notes: str
    decisions: str
    none: str
    pictures: str
    signed: tuple[str, str, str]


ZH = Words(
    locale="zh",
    title="妇女议事会活动记录表",
    page=("第 ", " 页"),
    state="{% if version %}第 {{ version }} 版（{{ state|label }}），{{ made_on|day }}"
    "{% else %}草稿，尚未发出{% endif %}",
    head=(
        ("议事会", "{{ council }}{% if alliance %}（{{ alliance }}）{% endif %}"),
        ("所在村（社区）", "{{ area }}"),
        (
            "时间",
            "{{ on|day }} {{ begun_at|clock }} 至 {% if ended_on != on %}{{ ended_on|day }} {% endif %}"
            "{{ ended_at|clock }}"
            "{% if not quick %}（原定 {{ planned_at|day }} {{ planned_at|clock }}）{% endif %}",
        ),
        ("形式", "{{ mode|label }}{% if quick %}（群内表决）{% endif %}"),
        (
            "地点",
            "{% if mode.value == 'at_home' %}居民家中（地址不列）{% elif mode.value == 'online' %}线上"
            "{% else %}{{ place or '—' }}{% endif %}",
        ),
        ("主持人", "{{ chair }}"),
        ("记录人", "{{ recorder }}"),
        (
            "议事会成员（N）",
            "应到 {{ standing_due }} 人{% if named %}，实到 {{ standing_there }} 人"
            "{% if there %}：{{ there }}{% endif %}{% endif %}",
        ),
        (
            "受邀人员（X）",
            "{% if invited_due %}应到 {{ invited_due }} 人{% if named %}，实到 {{ invited_there }} 人"
            "{% if invited %}：{{ invited }}{% endif %}{% endif %}{% else %}无{% endif %}",
        ),
        (
            "缺席",
            "{% if named %}{{ absent or '无' }}{% else %}共 {{ standing_there }} 人参加，不列姓名{% endif %}",
        ),
    ),
    headings=("一、议题、意见与表决", "二、补充发言", "三、议定事项", "四、照片"),
    item="{{ one.number }}. {{ one.title }}",
    item_rows=(
        ("编号", "{{ one.code }}　{{ one.urgency|label }}"),
        ("内容", "{{ one.body }}"),
        ("提出", "{{ one.proposer }}{% if one.source.value == 'visit' %}（走访中发现）{% endif %}"),
        (
            "意见",
            "{% if one.opinions %}{% for said in one.opinions %}{{ said.who }}：{{ said.words }}"
            "{% if not loop.last %}\n{% endif %}{% endfor %}{% else %}没有书面意见。{% endif %}",
        ),
    ),
    ballot_rows=(
        (
            "表决",
            "{% if vote.title %}当时表决的内容：《{{ vote.title }}》{{ vote.body }}\n{% endif %}"
            "{% if vote.secret %}无记名{% else %}记名{% endif %}，{{ vote.ended_on|day }} {{ vote.ended_at|clock }} "
            "{% if vote.closed_by.value == 'deadline' %}到时截止{% else %}全员投完后结束{% endif %}",
        ),
        (
            "人数",
            "应到 {{ vote.electors }} 人（N {{ vote.standing }}、X {{ vote.invited }}），法定 {{ vote.quorum }}，"
            "需 {{ vote.needed }} 人参加；参加 {{ vote.turnout }} 人"
            "{% if vote.papers %}，其中书面票 {{ vote.papers }} 张{% endif %}"
            "{% if vote.proxies %}，其中委托票 {{ vote.proxies }} 张{% endif %}",
        ),
        (
            "票数",
            "{% if vote.shows %}赞成 {{ vote.favour }}，反对 {{ vote.against }}，弃权 {{ vote.abstain }}；"
            "{{ vote.majority|label }}"
            "（弃权{% if not vote.abstain_counts %}不{% endif %}计入），需赞成 {{ vote.needed_favour }} 票"
            "{% else %}无记名且人数不足，不公布票数{% endif %}",
        ),
        ("结果", "{{ vote.outcome|label }}"),
    ),
    no_items="没有列入议题。",
    no_ballot="没有表决。",
    project_rows=(
        ("领办项目", "{{ one.project.what }}"),
        ("领办人", "{{ one.project.owner }}，{{ one.project.due_on|day }}前完成（{{ one.project.state|label }}）"),
    ),
    notes="{{ notes }}",
    decisions="{{ decisions }}",
    none="无",
    pictures="{{ one.caption or '会议照片' }}",
    signed=("主持人（签字）：", "记录人（签字）：", "日期："),
)
EN = Words(
    locale="en",
    title="Women’s council: record of a meeting",
    page=("Page ", ""),
    state="{% if version %}Version {{ version }} ({{ state|label }}), {{ made_on|day }}"
    "{% else %}Draft, not sent round yet{% endif %}",
    head=(
        ("Council", "{{ council }}{% if alliance %} ({{ alliance }}){% endif %}"),
        ("Village or community", "{{ area }}"),
        (
            "Time",
            "{{ on|day }}, {{ begun_at|clock }} to {% if ended_on != on %}{{ ended_on|day }}, {% endif %}"
            "{{ ended_at|clock }}"
            "{% if not quick %} (planned for {{ planned_at|day }}, {{ planned_at|clock }}){% endif %}",
        ),
        ("How", "{{ mode|label }}{% if quick %} (a vote in the group){% endif %}"),
        (
            "Place",
            "{% if mode.value == 'at_home' %}at a resident’s home (no address here)"
            "{% elif mode.value == 'online' %}online{% else %}{{ place or '—' }}{% endif %}",
        ),
        ("Chair", "{{ chair }}"),
        ("Recorder", "{{ recorder }}"),
        (
            "Members (N)",
            "{{ standing_due }} expected{% if named %}, {{ standing_there }} present"
            "{% if there %}: {{ there }}{% endif %}{% endif %}",
        ),
        (
            "Invited (X)",
            "{% if invited_due %}{{ invited_due }} expected{% if named %}, {{ invited_there }} present"
            "{% if invited %}: {{ invited }}{% endif %}{% endif %}{% else %}nobody{% endif %}",
        ),
        (
            "Absent",
            "{% if named %}{{ absent or 'nobody' }}{% else %}{{ standing_there }} took part; no names here{% endif %}",
        ),
    ),
    headings=("1. Items, opinions and votes", "2. What else was said", "3. Decisions", "4. Pictures"),
    item="{{ one.number }}. {{ one.title }}",
    item_rows=(
        ("Code", "{{ one.code }}, {{ one.urgency|label }}"),
        ("What and for whom", "{{ one.body }}"),
        ("Proposed by", "{{ one.proposer }}{% if one.source.value == 'visit' %} (noticed on visits){% endif %}"),
        (
            "Opinions",
            "{% if one.opinions %}{% for said in one.opinions %}{{ said.who }}: {{ said.words }}"
            "{% if not loop.last %}\n{% endif %}{% endfor %}{% else %}None in writing.{% endif %}",
        ),
    ),
    ballot_rows=(
        (
            "Vote",
            "{% if vote.title %}Voted on as it read then: “{{ vote.title }}” {{ vote.body }}\n{% endif %}"
            "{% if vote.secret %}secret{% else %}open{% endif %}, "
            "{% if vote.closed_by.value == 'deadline' %}closed by its deadline"
            "{% else %}closed when all had voted{% endif %}"
            ", {{ vote.ended_on|day }}, {{ vote.ended_at|clock }}",
        ),
        (
            "Turnout",
            "{{ vote.electors }} electors (N {{ vote.standing }}, X {{ vote.invited }}), quorum {{ vote.quorum }}:"
            " {{ vote.needed }} must vote; {{ vote.turnout }} voted"
            "{% if vote.papers %}, of these on paper: {{ vote.papers }}{% endif %}"
            "{% if vote.proxies %}, of these by proxy: {{ vote.proxies }}{% endif %}",
        ),
        (
            "Count",
            "{% if vote.shows %}{{ vote.favour }} for, {{ vote.against }} against, {{ vote.abstain }} abstained; "
            "{{ vote.majority|label }}"
            " (abstentions {% if not vote.abstain_counts %}do not {% endif %}count):"
            " {{ vote.needed_favour }} in favour needed{% else %}not told: secret, without a quorum{% endif %}",
        ),
        ("Result", "{{ vote.outcome|label }}"),
    ),
    no_items="No items were on the list.",
    no_ballot="No vote was taken.",
    project_rows=(
        ("Project", "{{ one.project.what }}"),
        ("Led by", "{{ one.project.owner }}, due by {{ one.project.due_on|day }} ({{ one.project.state|label }})"),
    ),
    notes="{{ notes }}",
    decisions="{{ decisions }}",
    none="Nothing",
    pictures="{{ one.caption or 'The meeting' }}",
    signed=("Chair (signed):", "Recorder (signed):", "Date:"),
)


def write(words: Words) -> None:
    """Write the template of one language."""
    made = Document()
    look(made, words.locale, words.title, words.page)
    for line in made.styles["Title"].element.findall(f".//{qn('w:pBdr')}"):
        line.getparent().remove(line)  # a form needs no coloured rule
    title = made.add_paragraph(words.title, style="Title")
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.runs[0].font.size = Pt(20)
    state = made.add_paragraph(words.state)
    state.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    pairs(made, words.head)
    _items(made, words)
    _free(made, words.headings[1], "notes", words.notes, words.none)
    _free(made, words.headings[2], "decisions", words.decisions, words.none)
    signatures(made, words.signed)
    made.add_paragraph("{%p if pictures %}")
    made.add_heading(words.headings[3], 1)
    made.add_paragraph("{%p for one in pictures %}")
    made.add_paragraph("{{ one.picture|picture }}")
    made.add_paragraph(words.pictures)
    made.add_paragraph("{%p endfor %}")
    made.add_paragraph("{%p endif %}")
    made.core_properties.author = ""
    made.core_properties.title = words.title
    made.save(str(document_file(CouncilMinutes, words.locale)))


def _items(made: Any, words: Words) -> None:
    made.add_heading(words.headings[0], 1)
    made.add_paragraph("{%p if not items %}")
    made.add_paragraph(words.no_items)
    made.add_paragraph("{%p endif %}")
    made.add_paragraph("{%p for one in items %}")
    made.add_heading(words.item, 2)
    pairs(made, words.item_rows)
    made.add_paragraph("{%p if not one.ballots %}")
    made.add_paragraph(words.no_ballot)
    made.add_paragraph("{%p endif %}")
    made.add_paragraph("{%p for vote in one.ballots %}")
    pairs(made, words.ballot_rows, together=True)
    made.add_paragraph("{%p endfor %}")
    made.add_paragraph("{%p if one.project %}")
    pairs(made, words.project_rows, together=True)
    made.add_paragraph("{%p endif %}")
    made.add_paragraph("{%p endfor %}")


def _free(made: Any, heading: str, field: str, text: str, none: str) -> None:
    made.add_heading(heading, 1)
    made.add_paragraph(f"{{%p if {field} %}}")
    made.add_paragraph(text)
    made.add_paragraph("{%p else %}")
    made.add_paragraph(none)
    made.add_paragraph("{%p endif %}")


if __name__ == "__main__":
    for language in (ZH, EN):
        write(language)
