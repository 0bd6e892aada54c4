"""The catalogue of leads: what ships, and what a county's own file may not say."""

from collections.abc import Callable
from pathlib import Path

import pytest

from domain.rules.catalogue import SHIPPED, CatalogueError, read_catalogue, shipped_catalogue
from models.lead import Colour, Triage

CATALOGUE = shipped_catalogue()
SMALL = """
other = "other"

[by_triage]
danger = "life"
child = "life"
coerced = "life"
sexual = "life"
trafficking = "life"

[categories]
rights = { zh = "侵权", en = "Rights", women_and_children = true }
other = { zh = "其他", en = "Other" }

[items]
life = { category = "rights", zh = "有生命危险", en = "Life at risk", colour = "red", key_matter = true }
other = { category = "other", zh = "其他情况", en = "Something else", colour = "blue" }
"""


def changed(old: str, new: str) -> bytes:
    """The small catalogue with one slip of the pen."""
    assert SMALL.count(old) == 1
    return SMALL.replace(old, new).encode()


@pytest.fixture
def mistake(tmp_path: Path) -> Callable[[bytes], str]:
    """What the reader says of a file with this content."""

    def read(content: bytes) -> str:
        file = tmp_path / "ours.toml"
        file.write_bytes(content)
        with pytest.raises(CatalogueError) as caught:
            read_catalogue(file)
        said = str(caught.value)
        assert len(said.splitlines()) == 1
        return said.removeprefix(f"{file}: ")

    return read


def test_there_are_eight_categories_and_twenty_six_items() -> None:
    assert (len(CATALOGUE.categories), len(CATALOGUE.items)) == (8, 26)


def test_three_categories_with_eight_items_concern_women_and_children() -> None:
    theirs = [key for key, category in CATALOGUE.categories.items() if category.women_and_children]
    assert (len(theirs), sum(len(CATALOGUE.of_category(key)) for key in theirs)) == (3, 8)


def test_the_key_matters_are_those_that_are_named() -> None:
    assert {key for key, item in CATALOGUE.items.items() if item.key_matter} == {
        "domestic_violence",
        "sexual_assault",
        "trafficking",
        "child_abuse",
        "life_at_risk",
        "cannot_act",
    }


def test_every_key_matter_is_red_and_nothing_else_is() -> None:
    assert all(item.key_matter is (item.colour is Colour.RED) for item in CATALOGUE.items.values())


def test_every_colour_is_used() -> None:
    assert {item.colour for item in CATALOGUE.items.values()} == set(Colour)


@pytest.mark.parametrize("answer", Triage)
def test_a_yes_in_the_triage_stands_for_a_key_matter(answer: Triage) -> None:
    assert CATALOGUE.items[CATALOGUE.by_triage[answer]].key_matter


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_no_two_items_and_no_two_categories_have_the_same_name(locale: str) -> None:
    items = [item.name(locale) for item in CATALOGUE.items.values()]
    categories = [category.name(locale) for category in CATALOGUE.categories.values()]
    assert len(set(items)) == len(items)
    assert len(set(categories)) == len(categories)


def test_an_item_that_the_county_has_removed_is_called_by_its_key() -> None:
    assert CATALOGUE.name("debt", "zh") == "借贷、债务"
    assert CATALOGUE.name("debt", "en") == "Loans and debts"
    assert CATALOGUE.name("gone", "zh") == "gone"


def test_a_county_s_own_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(SMALL, encoding="utf-8")
    ours = read_catalogue(file)
    assert [item.key for item in ours.of_category("rights")] == ["life"]
    assert ours.categories["rights"].women_and_children
    assert not ours.categories["other"].women_and_children
    assert read_catalogue(SHIPPED) == CATALOGUE


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe", "can't decode"),
        (b"other = ", "at end of document"),
        (b"", "[categories] is missing or empty"),
        (changed('other = "other"\n\n[by', 'other = "other"\nunknown = 1\n\n[by'), "the file: knows no 'unknown'"),
        (changed('other = "other"\n\n[by', "[by"), "other must name the item"),
        (changed('other = "other"\n\n[by', 'other = "gone"\n\n[by'), "other must name the item"),
        (changed('other = "other"\n\n[by', "other = 1\n\n[by"), "other must name the item"),
        (changed("[by_triage]", "[by_nothing]"), "the file: knows no 'by_nothing'"),
        (changed('child = "life"\n', ""), "[by_triage] child must name an item; there is no None"),
        (changed('child = "life"', 'child = "gone"'), "[by_triage] child must name an item; there is no 'gone'"),
        (changed('child = "life"', 'child = ["life"]'), "[by_triage] child must name an item"),
        (changed('child = "life"', 'child = "other"'), "[by_triage] child: other is no key matter"),
        (changed('child = "life"', 'child = "life"\nmore = "life"'), "[by_triage]: knows no 'more'"),
        (changed('category = "rights"', 'category = "gone"'), "[items] life: category 'gone' is none of rights, other"),
        (changed('category = "rights", ', ""), "[items] life: category None is none of rights, other"),
        (changed('category = "rights"', "category = []"), "[items] life: category [] is none of"),
        (changed('colour = "blue"', 'colour = "pink"'), "[items] other: colour 'pink' is none of red, orange, yellow"),
        (changed(', colour = "blue"', ""), "[items] other: colour None is none of"),
        (changed('colour = "blue"', "colour = {}"), "[items] other: colour {} is none of"),
        (changed('colour = "red"', 'colour = "orange"'), "[items] life is a key matter and must be red"),
        (changed("key_matter = true", 'key_matter = "yes"'), "[items] life: key_matter must be true or false"),
        (changed("key_matter = true", "key_mater = true"), "[items] life: knows no 'key_mater'; there are: category"),
        (changed("women_and_children = true", "women_and_children = 1"), "women_and_children must be true or false"),
        (changed('en = "Other"', 'en = "Other", fr = "Autre"'), "[categories] other: knows no 'fr'"),
        (changed('en = "Other"', 'en = " "'), "[categories] other: en must be a name of 1 to 48 characters"),
        (changed(', en = "Other"', ""), "[categories] other: en must be a name"),
        (changed('zh = "其他情况"', 'zh = ""'), "[items] other: zh must be a name"),
        (changed('zh = "其他情况"', 'zh = "其他\\n情况"'), "[items] other: zh must be a name"),
        (changed('zh = "其他情况"', f'zh = "{"长" * 49}"'), "[items] other: zh must be a name"),
        (changed('other = { zh = "其他", en = "Other" }', 'other = "其他"'), "[categories] other must be { zh = …"),
        (changed('other = { category', 'Other = { category'), "[items] 'Other': a key is 1 to 32 characters"),
        (changed('other = { category', f'{"o" * 33} = {{ category'), "a key is 1 to 32 characters"),
        (changed('other = { category', '"a\\nb" = { category'), "[items] 'a\\nb': a key is"),
        (changed("[items]", 'empty = { zh = "空", en = "Empty" }\n\n[items]'), "[categories] empty has no item"),
        (changed("[items]", "[items.more]"), "[items] more: knows no 'life'"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_one_line_that_says_where(content: bytes, words: str, mistake: Callable[[bytes], str]) -> None:
    assert words in mistake(content)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="No such file"):
        read_catalogue(tmp_path / "gone.toml")
    with pytest.raises(CatalogueError, match="Is a directory"):
        read_catalogue(tmp_path)
