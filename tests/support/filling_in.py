"""Filling in any conversation up to its summary: the first answer that is on offer, or some words."""

from handlers.conversations import FLOWS
from handlers.questions import Many
from tests.support.hands import Person, Said

SUMMARY, DONE, SKIP = "保存", "完成", "跳过"


def step_of(said: Said) -> tuple[str, str]:
    """Conversation and step of a question, by its buttons; empty for anything else."""
    for _, data in said.buttons:
        parts = data.split(":")
        if len(parts) == 4 and parts[0] in FLOWS:
            return parts[0], parts[1]
    return "", ""


def offered(said: Said) -> list[str]:
    """The answers on offer, as the data of their buttons: no controls."""
    flow, step = step_of(said)
    begins = f"{flow}:{step}:"
    return [data for _, data in said.buttons if data.startswith(begins) and not data.split(":")[3].startswith("!")]


async def fills_in(person: Person, said: Said, words: str, texts: dict[str, str] | None = None) -> Said:
    """From a question to the summary: `words` to whatever is asked in words, `texts` by step besides."""
    for _ in range(40):
        flow, step = step_of(said)
        assert flow, said.text
        if any(SUMMARY in label for label in said.labels):
            return said
        said = await _answers(person, said, (texts or {}).get(step, ""), words)
    raise AssertionError(f"no end of {said.text}")


async def _answers(person: Person, said: Said, text: str, words: str) -> Said:
    flow, step = step_of(said)
    choices = offered(said)
    if text or not choices:
        answer = (await person.say_all(text or words))[-1]
        if step_of(answer) == (flow, step) and any(SKIP in label for label in answer.labels):
            answer = await person.press(SKIP)
        return answer
    answer = (await person.press_data(said.message_id, choices[0]))[-1]
    if isinstance(FLOWS[flow].by_key[step].answer, Many) and step_of(answer) == (flow, step):
        answer = await person.press(DONE)
    return answer
