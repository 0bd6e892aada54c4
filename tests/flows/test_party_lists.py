"""Lists of parties as people write them, and whatever else can be sent: pure, without a chat."""

from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.inputs import Input, Picked, Pressed, SentPhoto, Typed
from handlers.party_each import Agreeing, TextOfEach
from handlers.party_questions import MOST, NAME_LIMIT, Parties, outsiders_in
from handlers.questions import Answered, Asked, Found, Half, length_of

TODAY = date(2026, 11, 21)


def test_lists_are_read_as_people_write_them() -> None:
    read = outsiders_in(
        "1、张三 13812345678\n（2）李四，138-1234-5679\n三、王五：0932 8221234\n赵六；钱七、\n\n孙八13812345670"
    )
    assert read is not None
    assert [(one["name"], one["phone"]) for one in read] == [
        ("张三", "13812345678"),
        ("李四", "138-1234-5679"),
        ("王五", "0932 8221234"),
        ("赵六", None),
        ("钱七", None),
        ("孙八", "13812345670"),
    ]
    assert outsiders_in("402室的老李（张三的弟弟）") == outsiders_in("402室的老李(张三的弟弟)")
    assert outsiders_in("a" * NAME_LIMIT) is not None
    assert outsiders_in("a" * (NAME_LIMIT + 1)) is None


@settings(max_examples=300)
@given(st.text(max_size=300))
def test_whatever_is_typed_is_a_list_of_names_or_none(text: str) -> None:
    for party in outsiders_in(text) or []:
        assert any(char.isalpha() for char in party["name"])
        assert length_of(party["name"]) <= NAME_LIMIT
        assert party["phone"] is None or sum(char.isdigit() for char in party["phone"]) >= 7


async def _finds(*_args: Any) -> Found:
    return Found([], 0)


async def _nothing(*_args: Any) -> Any:
    return {}


PARTIES = Parties(_finds, _nothing, _nothing, _nothing)


def _resident(number: int) -> Input:
    return Picked(number, {"party": _party(f"r{number}", number)})


def _party(key: str, number: int | None = None) -> dict[str, Any]:
    return {"key": key, "id": number, "home": None, "name": key, "phone": None}


_given: st.SearchStrategy[Input] = st.one_of(
    st.text(max_size=40).map(Typed),
    st.integers(1, 150).map(lambda count: Typed("\n".join(f"甲{number}号人" for number in range(count)))),
    st.integers(1, 5).map(_resident),
    st.sampled_from([*("!clear", "!drop", "!add", "!page.3", "!page.x", "r1", "", "!all")]).map(Pressed),
    st.just(Picked("!done", {})),
    st.just(SentPhoto("p")),
)


@settings(max_examples=200)
@given(st.lists(_given, max_size=12))
def test_a_list_has_each_party_once_and_never_too_many(inputs: list[Input]) -> None:
    partial: Any = None
    for one in inputs:
        taken = PARTIES.take(one, Asked({}, {}, partial, TODAY))
        if isinstance(taken, Half):
            partial = taken.partial
        listed = taken.value["parties"] if isinstance(taken, Answered) else (partial or {}).get("parties", [])
        assert len({party["key"] for party in listed}) == len(listed) <= MOST
        assert not isinstance(taken, Answered) or listed


def _named(*keys: str) -> dict[str, Any]:
    return {
        "parties": {"parties": [{"key": key, "id": None, "home": None, "name": key, "phone": None} for key in keys]}
    }


def test_what_is_said_of_somebody_who_is_off_the_list_is_gone() -> None:
    agreed = Asked(_named("b", "c"), {}, {"yes": ["a", "b"]}, TODAY)
    assert Agreeing().take(Pressed("!done"), agreed) == Answered({"yes": ["b"]})
    wished = Asked(_named("b", "c"), {}, {"texts": {"a": "甲", "b": "乙"}}, TODAY)
    assert TextOfEach(9).take(Pressed("!done"), wished) == Answered({"texts": {"b": "乙"}})


def test_a_text_goes_to_whoever_was_pressed_and_then_to_the_first_without_one() -> None:
    question, answers = TextOfEach(9), _named("a", "b", "c")
    partial: Any = None
    for given_now in (Pressed("b"), Typed("乙"), Typed("甲")):
        taken = question.take(given_now, Asked(answers, {}, partial, TODAY))
        assert isinstance(taken, Half)
        partial = taken.partial
    assert partial["texts"] == {"b": "乙", "a": "甲"}
    assert question.take(Typed("丙"), Asked(answers, {}, partial, TODAY)) == Answered(
        {"texts": {"b": "乙", "a": "甲", "c": "丙"}}
    )
