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
from handlers.inputs import (
    Content,
    Input,
    Picked,
    Pressed,
    SentFile,
    SentOther,
    SentPhoto,
    SentPlace,
    SentVoice,
    Typed,
)
from handlers.questions import TICK, UNTICK, Choice, Many, Pick
from models.lead import Triage

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
            ticks = [Pressed(sign + value) for value, _ in many.offered(state.facts) for sign in (TICK, UNTICK)]
            return [*ticks, Pressed("!done"), Typed("水管漏水")]
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
    st.sampled_from([SentPhoto("p"), SentVoice("v"), SentFile("f", "application/pdf", None)]),
    st.builds(SentPlace, st.floats(-90, 90), st.floats(-180, 180)),
)


@settings(max_examples=300)
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


@settings(max_examples=100)
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


NEWLEAD = FLOWS["newlead"]
AT_RISK = {"key": "life_at_risk", "name": "有生命危险", "colour": "red", "key_matter": True}
NOISE = {"picked": {"key": "environment", "name": "噪音", "colour": "blue", "key_matter": False}}
LEAD_FACTS = {"by_triage": {answer.value: AT_RISK for answer in Triage}, "register": True}
A_HOUSEHOLD = {"household": "王秀英", "address": "东关村1号", "same": [["7", "L261121-2345"]], "same_days": 30}
REPORTED: list[Input] = [
    *(Pressed(f"{answer.value}.{word}") for answer in Triage for word in ("yes", "no")),
    *(Pressed(value) for value in ("!in.other", "!in.", "!done", "!clear", "!edit", "7", "no_household", "household")),
    *(Pressed(f"!edit.{step.key}") for step in NEWLEAD.questions),
    *(Pressed(value) for value in ("call", "never", "seen", "anonymous", "red", "yellow", "head")),
    *(Picked("environment", NOISE), Picked(1, A_HOUSEHOLD), Typed("楼上剁馅"), SentPhoto("p"), SentVoice("v")),
    *(SentFile("f", "image/png", 9), SentFile("f", "text/html", 9), SentFile("f", "image/png", 99_000_000)),
]


@settings(max_examples=300)
@given(inputs=st.lists(st.one_of(st.sampled_from(REPORTED), WILD), max_size=60))
def test_no_sequence_of_inputs_breaks_a_report_or_loses_its_guidance(inputs: list[Input]) -> None:
    state = start(NEWLEAD, 100, facts=LEAD_FACTS).state
    for given_input in inputs:
        question = NEWLEAD.by_key[state.step].answer
        if isinstance(given_input, Picked) and isinstance(given_input.value, int) is not isinstance(question, Pick):
            continue  # what is picked is looked up for a question that can be answered so
        result = advance(NEWLEAD, state, given_input, TODAY)
        if isinstance(result, Refuse):
            assert result.state == state
            continue
        if not isinstance(result, Ask):
            return
        state = result.state
        answers = effective_answers(NEWLEAD, state)
        assert NEWLEAD.by_key[state.step].ask(answers, state.facts) is not None
        assert NEWLEAD.above is not None
        yes = any((answers.get("triage") or {}).values())
        assert (NEWLEAD.above(answers, state.facts) is not None) or not yes
        position(NEWLEAD, state)
        can_go_back(NEWLEAD, state)
        editable_steps(NEWLEAD, state)
