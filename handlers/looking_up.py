"""What a person has pressed, looked up and authorised anew before the engine takes it for an answer."""

from domain.refusals import RefusedError
from handlers.engine import Refuse, State, effective_answers
from handlers.flow import Flow
from handlers.inputs import Input, Picked, Pressed
from handlers.party_questions import OwnRows
from handlers.question_kinds import Grouped
from handlers.questions import Asked, Pick, Refusal
from handlers.scene import Scene
from handlers.turn import pressed_number


async def looked_up(scene: Scene, flow: Flow, state: State, given: Input) -> Input | Refuse:
    """A press on a found record, or on something of the county's own lists, is looked up and authorised anew."""
    question = flow.by_key[state.step].answer
    answers = effective_answers(flow, state)
    try:
        if isinstance(question, OwnRows):
            return await question.look_up(scene, given, Asked(answers, state.facts, state.partial, scene.today))
        if not isinstance(given, Pressed) or given.value.startswith("!"):
            return given
        if isinstance(question, Grouped):
            return Picked(given.value, question.resolve(scene, given.value))
        value = pressed_number([given.value])
        if isinstance(question, Pick) and value is not None:
            return Picked(value, await question.resolve(scene, value, answers, state.facts))
    except RefusedError as refused:
        return Refuse(state, refused.reason)
    return Refuse(state, Refusal.NO_SUCH_BUTTON) if isinstance(question, Pick) else given
