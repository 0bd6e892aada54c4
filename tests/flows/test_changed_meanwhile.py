"""Somebody else was quicker: the form that is open says so and never gets stuck."""

import pytest

from tests.support.county import INSTRUCTOR, WORKER
from tests.support.hands import Bench


@pytest.mark.parametrize(("form", "last"), [("移到别的网格", "第2网格"), ("家庭成员", "有人搬走")])
async def test_a_household_merged_meanwhile_leaves_no_form_stuck(bench: Bench, form: str, last: str) -> None:
    worker, instructor = bench.person(WORKER), bench.person(INSTRUCTOR)
    await worker.say("单小红")
    await worker.press("单小红")
    asked = await worker.press(form)
    await instructor.say("张伟")
    await instructor.press("张伟")
    await instructor.press("合并")
    await instructor.press("单小红")
    await instructor.press("保存")
    news = await worker.press_data(asked.message_id, asked.button(last))
    assert "已并入另一户" in news[-1].text
    assert "取消" in "".join(news[-1].labels)
    assert "已取消" in (await worker.press("取消")).text
