"""What the Word templates have in common: fonts, tables with grey heads, page numbers, lines to sign on."""

from collections.abc import Sequence
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

Row = tuple[str, str]
FONTS = {"zh": "宋体", "en": "Calibri"}
GREY = "D9D9D9"


def look(made: Any, locale: str, title: str, page: tuple[str, str]) -> None:
    """The page, the fonts, the title and the code above, the page number below."""
    section = made.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.4)
    section.top_margin = section.bottom_margin = Cm(2.2)
    for name in ("Normal", "Title", "Heading 1", "Heading 2"):
        style = made.styles[name]
        style.font.name = FONTS[locale]
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for kind in ("w:eastAsia", "w:ascii", "w:hAnsi"):
            fonts.set(qn(kind), FONTS[locale])
        for kind in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(kind), None)
    made.styles["Normal"].font.size = Pt(11)
    made.styles["Heading 1"].font.size = Pt(15)
    made.styles["Heading 2"].font.size = Pt(12)
    head = section.header.paragraphs[0]
    head.text, head.alignment = f"{title}  {{{{ code }}}}", WD_ALIGN_PARAGRAPH.RIGHT
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    foot.add_run(page[0])
    _page_number(foot)
    foot.add_run(page[1])


def _page_number(paragraph: Any) -> None:
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)


def signatures(made: Any, lines: Sequence[str]) -> None:
    """Lines to sign on."""
    made.add_paragraph()
    for line in lines:
        made.add_paragraph(line).paragraph_format.keep_with_next = True
    made.add_paragraph()


def pairs(made: Any, rows: Sequence[Row], *, together: bool = False) -> None:
    """A table of names and values; `together`: all of it on one page."""
    table = made.add_table(rows=0, cols=2, style="Table Grid")
    table.autofit = False
    for name, value in rows:
        cells = table.add_row().cells
        cells[0].text, cells[1].text = name, value
        _shade(cells[0])
    _widths(table, (3.6, 12.6))
    for row in table.rows[:-1] if together else ():
        for cell in row.cells:
            for paragraph in cell.paragraphs:
                paragraph.paragraph_format.keep_with_next = True
    made.add_paragraph()


def table(made: Any, heads: Sequence[str], loop: str, cells: Sequence[str], widths: Sequence[float]) -> None:
    """A table with a row for each of `loop`."""
    table = made.add_table(rows=4, cols=len(heads), style="Table Grid")
    table.autofit = False
    for place, (head, cell) in enumerate(zip(heads, cells, strict=True)):
        table.rows[0].cells[place].text = head
        table.rows[2].cells[place].text = cell
        _shade(table.rows[0].cells[place])
    _widths(table, widths)
    table.rows[1].cells[0].text = f"{{%tr {loop} %}}"
    table.rows[3].cells[0].text = "{%tr endfor %}"
    repeated = table.rows[0]._tr.get_or_add_trPr()
    repeated.append(OxmlElement("w:tblHeader"))
    made.add_paragraph()


def _widths(table: Any, widths: Sequence[float]) -> None:
    """Widths that Word and LibreOffice both follow; no row is broken between two pages; some air in the cells."""
    for place, width in enumerate(widths):
        table.columns[place].width = Cm(width)
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for place, width in enumerate(widths):
            row.cells[place].width = Cm(width)
            for paragraph in row.cells[place].paragraphs:
                paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(3)


def _shade(cell: Any) -> None:
    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:fill"), GREY)
    cell._tc.get_or_add_tcPr().append(shade)
