"""Texts: tags become entities, offsets count UTF-16 units."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.html_text import parse_html, units
from sandbox.markdown_text import parse_markdown, parse_old_markdown
from sandbox.refusals import Refused
from sandbox.server import Sandbox
from sandbox.texts import finish
from sandbox.world import World
from tests.sandbox.conftest import WANG


def spans(text: str, entities: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The kind of each entity and the text it covers."""
    raw = text.encode("utf-16-le")
    return [
        (
            entity["type"],
            raw[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le"),
        )
        for entity in entities
    ]


GOOD: list[tuple[str, str, list[tuple[str, str]]]] = [
    ("<b>粗</b>", "粗", [("bold", "粗")]),
    ("🙂<i>斜🙂</i>", "🙂斜🙂", [("italic", "斜🙂")]),
    ("<B>a</b >", "a", [("bold", "a")]),
    ("<b>a<i>b</i></b>", "ab", [("italic", "b"), ("bold", "ab")]),
    ("<b>a</>", "a", [("bold", "a")]),
    ("&lt;&gt;&amp;&quot;&nbsp;&#33;&#x1F642;", '<>&"&nbsp;!🙂', []),
    ("a & b &", "a & b &", []),
    ("<code>x</code>", "x", [("code", "x")]),
    ("<pre>x</pre>", "x", [("pre", "x")]),
    ("<tg-spoiler>x</tg-spoiler>", "x", [("spoiler", "x")]),
    ("<span class='tg-spoiler'>x</span>", "x", [("spoiler", "x")]),
    ("<blockquote>x</blockquote>", "x", [("blockquote", "x")]),
    ("<blockquote expandable>x</blockquote>", "x", [("expandable_blockquote", "x")]),
    ("<u>a</u><ins>b</ins>", "ab", [("underline", "a"), ("underline", "b")]),
    (
        "<s>a</s><strike>b</strike><del>c</del>",
        "abc",
        [("strikethrough", "a"), ("strikethrough", "b"), ("strikethrough", "c")],
    ),
    ('<a href="https://a.cn/?x=1&amp;y=2">去</a>', "去", [("text_link", "去")]),
    ("<a>https://a.cn</a>", "https://a.cn", [("text_link", "https://a.cn")]),
    ('<a href="nowhere">去</a>', "去", []),
    ("<b></b>", "", []),
]


@pytest.mark.parametrize(("source", "text", "expected"), GOOD, ids=[case[0] for case in GOOD])
def test_html_becomes_text_with_entities(source: str, text: str, expected: list[tuple[str, str]]) -> None:
    found, entities = parse_html(source)
    assert found == text
    assert spans(found, entities) == expected


def test_a_link_keeps_its_address_and_code_its_language() -> None:
    assert parse_html('<a href="https://a.cn/?x=1&amp;y=2">去</a>')[1][0]["url"] == "https://a.cn/?x=1&y=2"
    for source in (
        '<pre><code class="language-python">x</code></pre>',
        '<code class="language-python"><pre>x</pre></code>',
    ):
        assert parse_html(source)[1] == [{"offset": 0, "length": 1, "type": "pre", "language": "python"}]


BAD: list[tuple[str, str]] = [
    ("走<x>a</x>", 'Unsupported start tag "x" at byte offset 3'),
    ("<div>a</div>", 'Unsupported start tag "div" at byte offset 0'),
    ("3 < 5", 'Unsupported start tag "" at byte offset 2'),
    ("<b", "Unclosed start tag at byte offset 0"),
    ("<b ", 'Unclosed start tag "b" at byte offset 0'),
    ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
    ("a</b>", "Unexpected end tag at byte offset 1"),
    ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
    ("<b>a</b", "Unclosed end tag at byte offset 4"),
    ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ('<a ="x">a</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
    ("<a href=x_y>a</a>", "Unexpected end of name token at byte offset 8"),
    ('<a href="x', "Unclosed start tag at byte offset 0"),
]


@pytest.mark.parametrize(("source", "problem"), BAD, ids=[case[0] for case in BAD])
def test_wrong_html_is_refused_as_telegram_does(source: str, problem: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_html(source)
    assert refused.value.description == f"Bad Request: can't parse entities: {problem}"


MARKDOWN: list[tuple[str, str, list[str]]] = [
    ("*粗* _斜_ __线__ ~删~ ||密||", "粗 斜 线 删 密", ["bold", "italic", "underline", "strikethrough", "spoiler"]),
    ("`a_b` ```py\nx = 1\n```", "a_b x = 1", ["code", "pre"]),
    (r"1\.5 \* 2", "1.5 * 2", []),
    ("[去](https://a.cn)", "去", ["text_link"]),
    (">引\n>用\n完", "引\n用\n完", ["blockquote"]),
    ("*粗 _斜_*", "粗 斜", ["italic", "bold"]),
]


@pytest.mark.parametrize(("source", "text", "kinds"), MARKDOWN, ids=[case[0] for case in MARKDOWN])
def test_markdown_becomes_text_with_entities(source: str, text: str, kinds: list[str]) -> None:
    found, entities = parse_markdown(source)
    assert found == text
    assert [entity["type"] for entity in entities] == kinds


@pytest.mark.parametrize("source", ["1.5", "*a", "a_b", "[a](b", "`a", "a!", "*_a*_"])
def test_wrong_markdown_is_refused(source: str) -> None:
    with pytest.raises(Refused, match="can't parse entities"):
        parse_markdown(source)


def test_the_older_markdown_is_understood_too() -> None:
    text, entities = parse_old_markdown(r"*粗* _斜_ `a` [去](https://a.cn) 1.5 a\_b")
    assert text == "粗 斜 a 去 1.5 a_b"
    assert [entity["type"] for entity in entities] == ["bold", "italic", "code", "text_link"]


async def test_trimming_moves_the_entities(sandbox: Sandbox) -> None:
    text, entities = finish(sandbox.world, *parse_html("  \n <b> 粗 </b> \n"))
    assert (text, spans(text, entities)) == ("粗", [("bold", "粗")])


async def test_telegram_finds_commands_links_and_names_by_itself(sandbox: Sandbox) -> None:
    text, entities = finish(
        sandbox.world, "🙂 /start@suozi_test_bot 见 https://a.cn/x, @wangfang #走访 a@b.cn 和a/b", []
    )
    assert spans(text, entities) == [
        ("bot_command", "/start@suozi_test_bot"),
        ("url", "https://a.cn/x"),
        ("mention", "@wangfang"),
        ("hashtag", "#走访"),
        ("email", "a@b.cn"),
    ]


async def test_nothing_is_found_inside_code_and_links(sandbox: Sandbox) -> None:
    text, entities = finish(
        sandbox.world, *parse_html('<code>/start</code> <a href="https://a.cn">/go</a> <b>/yes</b>')
    )
    assert spans(text, entities) == [
        ("code", "/start"),
        ("text_link", "/go"),
        ("bold", "/yes"),
        ("bot_command", "/yes"),
    ]


async def test_mentions_without_a_name_need_a_person_who_exists(sandbox: Sandbox) -> None:
    source = f'<a href="tg://user?id={WANG}">王</a><a href="tg://user?id=5">谁</a>'
    text, entities = finish(sandbox.world, *parse_html(source))
    assert spans(text, entities) == [("text_mention", "王")]
    assert entities[0]["user"]["first_name"] == "王芳"


TAGS = (
    '<b> </b> <i> </i> <pre> </pre> <code> </code> </> <a> <a\u2002href="https://a.cn"> </a> <tg-spoiler> </tg-spoiler>'
    " <blockquote\u2002expandable> </blockquote> &lt; &#128578; & < 🙂 走 a /go @ab_c = ' > \\ href=https://a.cn"
    ' " \u2002'
)
PIECES = st.lists(st.sampled_from(TAGS.split(" ")), max_size=25).map(
    lambda found: "".join(found).replace("\u2002", " ")
)


def parsed(parse: Callable[[str], tuple[str, list[dict[str, Any]]]], source: str) -> tuple[str, list[dict[str, Any]]]:
    """What a parser makes of a source; nothing when it refuses it as Telegram would. Any other error fails."""
    try:
        return parse(source)
    except Refused:
        return "", []


@given(st.one_of(PIECES, st.text(max_size=60)))
def test_any_html_is_parsed_or_refused_and_offsets_lie_inside(source: str) -> None:
    text, entities = parsed(parse_html, source)
    assert units(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2
    for entity in entities:
        assert 0 <= entity["offset"] < entity["offset"] + entity["length"] <= units(text)


@given(st.text(alphabet="*_~|`[]()!>\\\n. a走🙂", max_size=40))
def test_any_markdown_is_parsed_or_refused_and_offsets_lie_inside(source: str) -> None:
    for parse in (parse_markdown, parse_old_markdown):
        text, entities = parsed(parse, source)
        for entity in entities:
            assert 0 <= entity["offset"] < entity["offset"] + entity["length"] <= units(text)


EMPTY = World(
    clock=lambda: 0.0,
    rng=random.Random(0),
    bot={"id": 1, "is_bot": True, "first_name": "梭", "username": "b"},
    journal=None,
)


@given(st.text(max_size=80))
def test_whatever_a_person_types_keeps_its_entities_inside(source: str) -> None:
    text, entities = finish(EMPTY, source, [])
    assert text == text.strip()
    for entity in entities:
        assert 0 <= entity["offset"] < entity["offset"] + entity["length"] <= units(text)
