"""Writes the Word templates of the case file anew: `python -m tests.messages.case_file_template`.

Once written they are ordinary Word files with blanks: they may be changed in Word just as well, and this module is
then of no more use. What stands between braces is filled in by `messages.documents`.
"""

from dataclasses import dataclass
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH

from handlers.case_file import CaseFile
from messages.documents import document_file
from tests.messages.word_forms import Row, look, pairs, signatures, table


@dataclass(frozen=True, slots=True)
class Words:
    """All words of the template in one language."""

    locale: str
    title: str
    warning: str
    page: tuple[str, str]
    cover: tuple[Row, ...]
    headings: tuple[str, str, str, str, str, str, str, str]
    register: tuple[Row, ...]
    parties: tuple[str, str, str, str]
    consent: tuple[str, str]
    steps: tuple[str, str, str, str]
    attempt: str
    attempt_rows: tuple[Row, ...]
    no_attempts: str
    agreement: str
    agreement_rows: tuple[Row, ...]
    no_agreements: str
    no_follow_ups: str
    no_closing: str
    pictures: str
    no_pictures: str
    more_pictures: str
    voices: str
    signed_agreement: tuple[str, str, str]
    signed_file: tuple[str, str]


ZH = Words(
    locale="zh",
    title="调解卷宗",
    warning="含个人信息，仅限办理本案使用，请妥善保管，不要转发。",
    page=("第 ", " 页"),
    cover=(
        ("编号", "{{ code }}"),
        ("类别", "{{ kind|label }} · {{ item }}"),
        ("颜色", "{{ (colour|label).split()|last }}"),
        ("状态", "{{ state|label }}{% if outcome %}（{{ outcome|label }}）{% endif %}"),
        ("层级", "{{ rung }}"),
        ("承办人", "{{ owner or '—' }}"),
        ("登记日期", "{{ registered_on|day }}"),
        ("结束日期", "{{ closed_on|day or '—' }}"),
        ("取用", "{{ taken_by }}，{{ taken_on|day }}"),
    ),
    headings=(
        "一、登记",
        "二、当事人",
        "三、调解记录",
        "四、调解协议",
        "五、回访",
        "六、结案",
        "七、办理经过",
        "附：照片",
    ),
    register=(
        ("来源", "{{ source|label }}"),
        ("登记人", "{{ registrar }}"),
        ("所在区域", "{{ area }}"),
        ("户", "{{ household or '—' }}{% if address %}\n{{ address }}{% endif %}"),
        ("地点", "{{ place or '—' }}"),
        ("涉及人数", "{{ people }}{% if crowd %}（群体性）{% endif %}"),
        (
            "反复",
            "{% if again %}同户或同当事人另有 {{ again }} 件{% else %}无{% endif %}"
            "{% if linked %}，关联 {{ linked }}{% endif %}",
        ),
        ("事实", "{{ facts }}"),
    ),
    parties=("序号", "姓名", "联系", "诉求"),
    consent=("同意联系", "没有同意联系，请不要联系"),
    steps=("序号", "时间", "事项", "经办与说明"),
    attempt="第 {{ one.number }} 次",
    attempt_rows=(
        ("日期与层级", "{{ one.on|day }} · {{ one.rung }}"),
        (
            "方式",
            "{% if one.method %}{{ one.method|label }}{% endif %}，{% if one.public %}公开{% else %}不公开{% endif %}",
        ),
        ("主持", "{{ one.leader }}"),
        ("通知/邀请", "{{ one.told or '—' }}"),
        ("未到", "{{ one.absent or '—' }}"),
        ("结果", "{% if one.result %}{{ one.result|label }}{% endif %}{% if one.counted %}（计一次）{% endif %}"),
        ("事", "{{ one.matter or '—' }}"),
        ("心", "{{ one.feelings or '—' }}"),
        ("承诺", "{{ one.promises or '—' }}"),
        ("记录", "{{ one.recorder }}，{{ one.recorded_on|day }}"),
    ),
    no_attempts="没有调解记录。",
    agreement="{{ one.agreed_on|day }}",
    agreement_rows=(
        ("内容", "{{ one.text }}"),
        ("司法确认", "{{ one.court|label }}{% if one.court_on %}，{{ one.court_on|day }}{% endif %}"),
        ("履行", "{% if one.broken_on %}{{ one.broken_on|day }}查明没有履行{% else %}没有违约记录{% endif %}"),
    ),
    no_agreements="没有达成协议。",
    no_follow_ups="没有回访记录。",
    no_closing="还没有结案。",
    pictures="{{ one.caption or '照片' }}",
    no_pictures="没有照片。",
    more_pictures="另有 {{ more_pictures }} 张照片，见系统。",
    voices="另有 {{ voices }} 段语音，见系统。",
    signed_agreement=("当事人（签字）：", "调解员（签字）：", "日期："),
    signed_file=("承办人（签字）：", "日期："),
)
EN = Words(
    locale="en",
    title="Mediation case file",
    warning="It holds personal data: for work on this case only. Keep it safe and pass it on to nobody.",
    page=("Page ", ""),
    cover=(
        ("Code", "{{ code }}"),
        ("Kind", "{{ kind|label }} · {{ item }}"),
        ("Colour", "{{ (colour|label).split()|last }}"),
        ("State", "{{ state|label }}{% if outcome %} ({{ outcome|label }}){% endif %}"),
        ("Rung", "{{ rung }}"),
        ("Who has it", "{{ owner or '—' }}"),
        ("Registered", "{{ registered_on|day }}"),
        ("Over since", "{{ closed_on|day or '—' }}"),
        ("Taken", "{{ taken_by }}, {{ taken_on|day }}"),
    ),
    headings=(
        "1. Register",
        "2. Parties",
        "3. Mediations",
        "4. Agreement",
        "5. Follow-ups",
        "6. Closing",
        "7. Course",
        "Appendix: pictures",
    ),
    register=(
        ("Came to light", "{{ source|label }}"),
        ("Registered by", "{{ registrar }}"),
        ("Area", "{{ area }}"),
        ("Household", "{{ household or '—' }}{% if address %}\n{{ address }}{% endif %}"),
        ("Place", "{{ place or '—' }}"),
        ("People concerned", "{{ people }}{% if crowd %} (many people){% endif %}"),
        (
            "Repeated",
            "{% if again %}{{ again }} more with the same household or parties{% else %}no{% endif %}"
            "{% if linked %}, linked with {{ linked }}{% endif %}",
        ),
        ("Facts", "{{ facts }}"),
    ),
    parties=("No.", "Name", "Contact", "Wishes"),
    consent=("agrees to be contacted", "has not agreed to be contacted"),
    steps=("No.", "When", "What", "By whom, in which words"),
    attempt="No. {{ one.number }}",
    attempt_rows=(
        ("Day and rung", "{{ one.on|day }} · {{ one.rung }}"),
        (
            "How",
            "{% if one.method %}{{ one.method|label }}{% endif %}, {% if one.public %}open{% else %}closed{% endif %}",
        ),
        ("Led by", "{{ one.leader }}"),
        ("Told and invited", "{{ one.told or '—' }}"),
        ("Did not come", "{{ one.absent or '—' }}"),
        ("Result", "{% if one.result %}{{ one.result|label }}{% endif %}{% if one.counted %} (counted){% endif %}"),
        ("The matter", "{{ one.matter or '—' }}"),
        ("The feelings", "{{ one.feelings or '—' }}"),
        ("Promises", "{{ one.promises or '—' }}"),
        ("Recorded", "{{ one.recorder }}, {{ one.recorded_on|day }}"),
    ),
    no_attempts="No mediation was held.",
    agreement="{{ one.agreed_on|day }}",
    agreement_rows=(
        ("Text", "{{ one.text }}"),
        ("Court", "{{ one.court|label }}{% if one.court_on %}, {{ one.court_on|day }}{% endif %}"),
        (
            "Kept",
            "{% if one.broken_on %}found broken on {{ one.broken_on|day }}{% else %}no breach on record{% endif %}",
        ),
    ),
    no_agreements="No agreement was reached.",
    no_follow_ups="No follow-up is on record.",
    no_closing="It is not closed.",
    pictures="{{ one.caption or 'Picture' }}",
    no_pictures="No pictures.",
    more_pictures="{{ more_pictures }} more pictures are kept in the program.",
    voices="{{ voices }} more voice messages are kept in the program.",
    signed_agreement=("Parties (signed):", "Mediators (signed):", "Date:"),
    signed_file=("Who has the case (signed):", "Date:"),
)


def write(words: Words) -> None:
    """Write the template of one language."""
    made = Document()
    look(made, words.locale, words.title, words.page)
    _cover(made, words)
    _register(made, words)
    _attempts(made, words)
    _agreements(made, words)
    _steps_of(made, words, "follow_ups", words.headings[4], words.no_follow_ups)
    _steps_of(made, words, "closing", words.headings[5], words.no_closing)
    _steps_of(made, words, "steps", words.headings[6], "")
    signatures(made, words.signed_file)
    _pictures(made, words)
    made.core_properties.author = ""
    made.core_properties.title = words.title
    made.save(str(document_file(CaseFile, words.locale)))


def _cover(made: Any, words: Words) -> None:
    for _ in range(5):
        made.add_paragraph()
    title = made.add_paragraph(words.title, style="Title")
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    made.add_paragraph()
    pairs(made, words.cover)
    made.add_paragraph()
    warning = made.add_paragraph(words.warning)
    warning.alignment = WD_ALIGN_PARAGRAPH.CENTER
    made.add_page_break()


def _register(made: Any, words: Words) -> None:
    made.add_heading(words.headings[0], 1)
    pairs(made, words.register)
    made.add_heading(words.headings[1], 1)
    yes, no = words.consent
    consent = f"{{% if one.consent %}}{yes}{{% else %}}{no}{{% endif %}}"
    contact = "{% if one.phone %}{{ one.phone }}\n{% endif %}" + consent
    cells = ("{{ one.number }}", "{{ one.name }}", contact, "{{ one.wishes }}")
    table(made, words.parties, "for one in parties", cells, (1.4, 3.6, 4.6, 6.6))


def _attempts(made: Any, words: Words) -> None:
    made.add_heading(words.headings[2], 1)
    made.add_paragraph("{%p if not attempts %}")
    made.add_paragraph(words.no_attempts)
    made.add_paragraph("{%p endif %}")
    made.add_paragraph("{%p for one in attempts %}")
    made.add_heading(words.attempt, 2)
    pairs(made, words.attempt_rows)
    made.add_paragraph("{%p endfor %}")


def _agreements(made: Any, words: Words) -> None:
    made.add_heading(words.headings[3], 1)
    made.add_paragraph("{%p if not agreements %}")
    made.add_paragraph(words.no_agreements)
    made.add_paragraph("{%p endif %}")
    made.add_paragraph("{%p for one in agreements %}")
    made.add_heading(words.agreement, 2)
    pairs(made, words.agreement_rows)
    # The parties sign what they have agreed on; the rest of the file is not for their eyes.
    made.add_paragraph("{%p if not one.broken_on %}")
    signatures(made, words.signed_agreement)
    made.add_paragraph("{%p endif %}")
    made.add_paragraph("{%p endfor %}")


def _steps_of(made: Any, words: Words, field: str, heading: str, none: str) -> None:
    made.add_heading(heading, 1)
    if none:
        made.add_paragraph(f"{{%p if not {field} %}}")
        made.add_paragraph(none)
        made.add_paragraph("{%p else %}")
    said = "{{ one.who }}{% if one.words %}\n{{ one.words }}{% endif %}"
    cells = ("{{ one.number }}", "{{ one.on|day }} {{ one.at|clock }}", "{{ one.what }}", said)
    table(made, words.steps, f"for one in {field}", cells, (1.4, 4.2, 4.4, 6.2))
    if none:
        made.add_paragraph("{%p endif %}")


def _pictures(made: Any, words: Words) -> None:
    made.add_heading(words.headings[7], 1)
    made.add_paragraph("{%p if not pictures %}")
    made.add_paragraph(words.no_pictures)
    made.add_paragraph("{%p endif %}")
    made.add_paragraph("{%p for one in pictures %}")
    made.add_paragraph("{{ one.picture|picture }}")
    made.add_paragraph(words.pictures)
    made.add_paragraph("{%p endfor %}")
    made.add_paragraph("{%p if more_pictures %}")
    made.add_paragraph(words.more_pictures)
    made.add_paragraph("{%p endif %}")
    made.add_paragraph("{%p if voices %}")
    made.add_paragraph(words.voices)
    made.add_paragraph("{%p endif %}")


if __name__ == "__main__":
    for language in (ZH, EN):
        write(language)
