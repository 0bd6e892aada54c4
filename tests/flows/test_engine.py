"""The engine, whatever comes: no input breaks it, no answer is dropped in silence, no rev ever falls."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.conversations import FLOWS
from handlers.engine import (
    Ask,
    Cancel,
    Finish,
    Keep,
    Refuse,
    State,
    advance,
    can_go_back,
    editable_steps,
    effective_answers,
    migrate,
    position,
    start,
)
from handlers.inputs import Content, Input, Picked, Pressed, SentOther, SentPhoto, SentPlace, Typed
from handlers.questions import Choice, Many, Pick

TODAY = date(2026, 11, 21)
FACTS = {
    "household": "王秀英",
    "address": "东关村1号",
    "code": "T-A-01-001",
    "tier": "watch",
    "residents": [["1", "王秀英"], ["2", "单强"]],
    "filed_by": "",
}
VISIT = FLOWS["visit"]


def sensible(state: State) -> list[Input]:
    """The inputs that the present question offers."""
    answers = effective_answers(VISIT, state)
    match VISIT.by_key[state.step].answer:
        case Choice() as choice:
            return [Pressed(str(member.value)) for member in choice.offered(answers, state.facts)]
        case Many() as many:
            return [*(Pressed(value) for value, _ in many.offered(state.facts)), Pressed("!done"), Typed("水管漏水")]
        case Pick():
            return [Picked(1, FACTS), Typed("王")]
    keys = [Pressed(f"!edit.{step.key}") for step in editable_steps(VISIT, state)]
    more: list[Input] = [SentPhoto("p"), SentPlace(1.0, 2.0), Typed("昨天"), Typed("x"), Pressed("!edit")]
    return [*keys, *more, Pressed("!done")]


WILD: st.SearchStrategy[Input] = st.one_of(
    st.text(max_size=30).map(Pressed),
    st.sampled_from(["!back", "!skip", "!edit", "!edit.mode", "!edit.confirm", "!page.3", "!done"]).map(Pressed),
    st.text(max_size=200).map(Typed),
    st.sampled_from(list(Content)).map(SentOther),
    st.just(SentPhoto("p")),
    st.builds(SentPlace, st.floats(-90, 90), st.floats(-180, 180)),
)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_no_sequence_of_inputs_breaks_a_check_in(data: st.DataObject) -> None:
    state = start(VISIT, 100).state
    for _ in range(data.draw(st.integers(1, 40))):
        choices = sensible(state)
        given = data.draw(st.one_of(st.sampled_from(choices), WILD) if choices else WILD)
        result = advance(VISIT, state, given, TODAY)
        if isinstance(result, Refuse):
            assert result.state == state  # a refusal changes nothing
            continue
        if isinstance(result, Finish):
            missing = [
                step.key
                for step in VISIT.steps[:-1]
                if step.when(effective_answers(VISIT, state)) and step.key not in effective_answers(VISIT, state)
            ]
            assert not missing
            return
        assert isinstance(result, Ask | Keep | Cancel)
        if not isinstance(result, Ask):
            return
        assert result.state.rev > state.rev or result.state.step == state.step
        assert result.state.rev >= state.rev
        state = result.state
        number, total = position(VISIT, state)
        assert 1 <= number <= total
        can_go_back(VISIT, state)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_going_back_and_forth_keeps_the_earlier_answers(data: st.DataObject) -> None:
    state = start(VISIT, 1, {"household": 1}, FACTS).state
    for _ in range(data.draw(st.integers(1, 12))):
        given = data.draw(st.sampled_from(sensible(state)))
        result = advance(VISIT, state, given, TODAY)
        if not isinstance(result, Ask):
            continue
        before, state = state, result.state
        changing = state.editing is not None or before.editing is not None
        if can_go_back(VISIT, state) and state.step != before.step and not changing:
            back = advance(VISIT, state, Pressed("!back"), TODAY)
            assert isinstance(back, Ask)
            kept = {key: value for key, value in back.state.answers.items() if key != back.state.step}
            assert kept.items() <= state.answers.items()


def test_a_state_of_an_older_version_keeps_the_answers_whose_questions_still_exist() -> None:
    old = State("visit", 0, "gone", 5, {"household": 1, "mode": "door", "gone": "x"}, FACTS)
    renewed = migrate(VISIT, old)
    assert renewed is not None
    assert (renewed.step, dict(renewed.answers), renewed.rev) == ("outcome", {"household": 1, "mode": "door"}, 6)
    assert migrate(VISIT, renewed) is None


def test_a_conversation_that_begins_with_a_known_household_does_not_ask_for_it() -> None:
    assert start(VISIT, 1, {"household": 1}, FACTS).state.step == "mode"
