"""Whatever a bot or a page sends, the sandbox answers with a refusal, never with an error of its own."""

import asyncio
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.act_table import ACTS
from sandbox.methods.table import METHODS
from sandbox.refusals import Unclear
from sandbox.server import Sandbox
from tests.sandbox.conftest import LI, START, TOKEN, WANG

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, -1, WANG, LI, 10**30, 1.5, float("inf"), float("nan")]),
    st.sampled_from(["", "1", str(WANG), "@x", "<b>", "photo", "attach://x", "\ud800", "[]", "{", "text", "default"]),
)
KEYS = st.sampled_from(["text", "type", "media", "url", "callback_data", "message_id", "offset", "length", "command"])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)
TEXTS = "text parse_mode entities caption caption_entities question options title address commands name type"
MESSAGES = "message_id message_ids reply_markup reply_parameters reply_to_message_id from_chat_id callback_query_id"
THINGS = "media photo voice document sticker latitude longitude phone_number first_name file_id duration action"
SETTINGS = "offset limit allowed_updates url secret_token max_connections scope language_code menu_button user_id"
NAMES = f"{TEXTS} {MESSAGES} {THINGS} {SETTINGS} correct_option_ids".split(" ")
MARKUP = st.fixed_dictionaries(
    {"inline_keyboard": st.lists(st.lists(st.dictionaries(KEYS, LEAVES))), "keyboard": VALUES}
)
PARAMS = st.fixed_dictionaries(
    {"chat_id": st.one_of(st.just(WANG), LEAVES)},
    optional={**dict.fromkeys(NAMES, VALUES), "reply_markup": st.one_of(MARKUP, VALUES)},
)


def furnished() -> Sandbox:
    """A world with a message of the bot and one of a person."""
    made = Sandbox(lambda: float(START), random.Random(1), TOKEN)
    made.add_person(WANG, "王芳", started=True)
    made.add_person(LI, "李强", started=True)
    made.act(WANG, WANG, "text", text="一")
    return made


@given(st.sampled_from(sorted(set(METHODS) - {"getupdates"})), PARAMS)
@settings(max_examples=200)
def test_any_parameters_are_answered_or_refused(method: str, params: dict[str, Any]) -> None:
    status, body = asyncio.run(furnished().bot_api.perform(method, params, {}))
    assert status in {200, 400, 403}
    assert body["ok"] == (status == 200)


@given(
    st.sampled_from(sorted(ACTS)),
    st.dictionaries(st.sampled_from([*NAMES, "data", "option_ids", "administrator"]), VALUES, max_size=6),
)
@settings(max_examples=150)
def test_any_act_is_done_or_refused_with_a_sentence(action: str, fields: dict[str, Any]) -> None:
    sandbox = furnished()
    try:
        sandbox.act(WANG, WANG, **{**fields, "action": action})
    except Unclear as problem:
        said = str(problem)
    else:
        said = "done"
    assert said
