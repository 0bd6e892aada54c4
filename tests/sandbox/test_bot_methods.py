"""Every method written by hand, called through python-telegram-bot's own Bot."""

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    KeyboardButton,
    MenuButtonCommands,
    MenuButtonDefault,
    MessageOriginUser,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
)
from telegram.constants import ChatMemberStatus
from telegram.error import BadRequest

from sandbox.server import Sandbox
from tests.sandbox.conftest import LI, START, WANG, ZHAO, png

BUTTONS = InlineKeyboardMarkup([[InlineKeyboardButton("好", callback_data="yes")]])


async def test_a_bot_learns_who_it_is(bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.id, me.username, me.is_bot, me.can_read_all_group_messages) == (
        4200,
        "suozi_test_bot",
        True,
        False,
    )


async def test_a_message_arrives_in_the_chat_with_its_buttons(bot: Bot, sandbox: Sandbox) -> None:
    sent = await bot.send_message(WANG, "你好 <b>王芳</b>", parse_mode="HTML", reply_markup=BUTTONS)
    assert sent.text_html == "你好 <b>王芳</b>"
    assert sent.date.timestamp() == START
    assert sandbox.messages(WANG)[-1]["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "yes"


async def test_a_reply_holds_the_message_it_answers_but_not_that_ones_reply(bot: Bot) -> None:
    first = await bot.send_message(WANG, "一")
    second = await bot.send_message(WANG, "二", reply_parameters=ReplyParameters(first.message_id))
    third = await bot.send_message(WANG, "三", reply_to_message_id=second.message_id)
    assert second.reply_to_message is not None
    assert second.reply_to_message.text == "一"
    assert third.reply_to_message is not None
    assert third.reply_to_message.reply_to_message is None


async def test_a_reply_to_nothing_is_refused_unless_the_bot_does_not_mind(bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(WANG, "二", reply_to_message_id=99)
    sent = await bot.send_message(WANG, "二", reply_to_message_id=99, allow_sending_without_reply=True)
    assert sent.reply_to_message is None


async def test_a_reply_keyboard_opens_and_closes_for_the_person(bot: Bot, sandbox: Sandbox) -> None:
    keyboard = ReplyKeyboardMarkup([["走访登记", KeyboardButton("位置", request_location=True)]], resize_keyboard=True)
    await bot.send_message(WANG, "请选择", reply_markup=keyboard)
    shown = sandbox.world.people[WANG].keyboards[WANG]
    assert [button["text"] for button in shown["keyboard"][0]] == ["走访登记", "位置"]
    assert sandbox.world.people[LI].keyboards == {}
    await bot.send_message(WANG, "好的", reply_markup=ReplyKeyboardRemove())
    assert sandbox.world.people[WANG].keyboards == {}


async def test_a_one_time_keyboard_closes_when_a_button_was_used(bot: Bot, sandbox: Sandbox) -> None:
    await bot.send_message(WANG, "请选择", reply_markup=ReplyKeyboardMarkup([["是", "否"]], one_time_keyboard=True))
    sandbox.act(WANG, WANG, "text", text="别的")
    assert WANG in sandbox.world.people[WANG].keyboards
    sandbox.act(WANG, WANG, "text", text="是")
    assert WANG not in sandbox.world.people[WANG].keyboards


async def test_a_message_with_a_reply_keyboard_can_never_be_edited(bot: Bot) -> None:
    for markup in (ReplyKeyboardMarkup([["是"]]), ForceReply()):
        sent = await bot.send_message(WANG, "请选择", reply_markup=markup)
        with pytest.raises(BadRequest, match="Message can't be edited"):
            await sent.edit_text("新")


async def test_an_edit_without_buttons_takes_the_buttons_away(bot: Bot) -> None:
    sent = await bot.send_message(WANG, "旧", reply_markup=BUTTONS)
    edited = await bot.edit_message_text("新", WANG, sent.message_id)
    assert not isinstance(edited, bool)
    assert (edited.text, edited.reply_markup) == ("新", None)
    assert edited.edit_date is not None


async def test_buttons_change_without_the_text(bot: Bot) -> None:
    sent = await bot.send_message(WANG, "旧")
    edited = await bot.edit_message_reply_markup(WANG, sent.message_id, reply_markup=BUTTONS)
    assert not isinstance(edited, bool)
    assert edited.reply_markup == BUTTONS
    assert edited.text == "旧"


async def test_a_press_is_answered_once(bot: Bot, sandbox: Sandbox) -> None:
    sent = await bot.send_message(WANG, "?", reply_markup=BUTTONS)
    sandbox.act(WANG, WANG, "press", message_id=sent.message_id, data="yes")
    (update,) = await bot.get_updates()
    query = update.callback_query
    assert query is not None
    assert (query.data, query.from_user.id, query.message) == ("yes", WANG, sent)
    assert await query.answer("好的", show_alert=True)
    answered = sandbox.world.feed.since(0)[-1]
    assert (answered["type"], answered["text"], answered["show_alert"], answered["for"]) == (
        "answer",
        "好的",
        True,
        [WANG],
    )
    with pytest.raises(BadRequest, match="Query is too old"):
        await query.answer()


async def test_messages_are_deleted_one_by_one_and_together(bot: Bot, sandbox: Sandbox) -> None:
    sent = [await bot.send_message(WANG, str(number)) for number in range(3)]
    assert await sent[0].delete()
    assert await bot.delete_messages(WANG, [sent[1].message_id, 777])
    assert [message["text"] for message in sandbox.messages(WANG)] == ["2"]


async def test_a_photo_has_sizes_and_can_be_fetched_and_sent_again(bot: Bot) -> None:
    picture = png(1000, 500)
    sent = await bot.send_photo(WANG, picture, caption="<i>门口</i>", parse_mode="HTML")
    assert [(size.width, size.height) for size in sent.photo] == [(90, 45), (320, 160), (800, 400), (1000, 500)]
    assert sent.caption_html == "<i>门口</i>"
    file = await bot.get_file(sent.photo[-1].file_id)
    assert bytes(await file.download_as_bytearray()) == picture
    again = await bot.send_photo(LI, sent.photo[0].file_id)
    assert again.photo == sent.photo


async def test_voice_document_sticker_and_their_kin_keep_what_was_said_about_them(bot: Bot) -> None:
    voice = (await bot.send_voice(WANG, b"OggS...", duration=7)).voice
    assert voice is not None
    assert (voice.duration, voice.mime_type, voice.file_size) == (7, "audio/ogg", 7)
    document = (await bot.send_document(WANG, b"a,b", filename="台账.csv", caption="表")).document
    assert document is not None
    assert document.file_name == "台账.csv"
    sticker = (await bot.send_sticker(WANG, png(512, 512))).sticker
    assert sticker is not None
    assert (sticker.width, sticker.is_animated) == (512, False)
    assert (await bot.send_video(WANG, b"mp4", duration=3)).video is not None
    assert (await bot.send_audio(WANG, b"mp3", title="歌")).audio is not None
    assert (await bot.send_animation(WANG, b"mp4")).animation is not None
    assert (await bot.send_video_note(WANG, b"mp4")).video_note is not None


async def test_an_album_is_several_messages_with_one_group_id(bot: Bot) -> None:
    sent = await bot.send_media_group(WANG, [InputMediaPhoto(png(), caption="一"), InputMediaPhoto(png())])
    assert len({message.media_group_id for message in sent}) == 1
    assert [message.caption for message in sent] == ["一", None]


async def test_media_and_captions_are_edited(bot: Bot) -> None:
    sent = await bot.send_photo(WANG, png(), caption="旧", reply_markup=BUTTONS)
    edited = await bot.edit_message_caption(WANG, sent.message_id, caption="新")
    assert not isinstance(edited, bool)
    assert edited.caption == "新"
    replaced = await bot.edit_message_media(InputMediaDocument(b"x", filename="a.txt"), WANG, sent.message_id)
    assert not isinstance(replaced, bool)
    assert replaced.document is not None
    assert not replaced.photo


async def test_places_and_contacts(bot: Bot) -> None:
    place = (await bot.send_location(WANG, 39.9, 116.4)).location
    assert place is not None
    assert (place.latitude, place.longitude) == (39.9, 116.4)
    venue = (await bot.send_venue(WANG, 39.9, 116.4, "综治中心", "东关路1号")).venue
    assert venue is not None
    assert venue.title == "综治中心"
    contact = (await bot.send_contact(WANG, "13800000000", "王芳")).contact
    assert contact is not None
    assert contact.phone_number == "13800000000"


async def test_a_poll_counts_votes_until_it_is_stopped(bot: Bot, sandbox: Sandbox) -> None:
    sent = await bot.send_poll(WANG, "同意吗?", ["同意", "反对", "弃权"], is_anonymous=False)
    assert sent.poll is not None
    sandbox.act(WANG, WANG, "vote", message_id=sent.message_id, option_ids=[1])
    sandbox.act(WANG, WANG, "vote", message_id=sent.message_id, option_ids=[0])
    updates = await bot.get_updates()
    assert [update.poll_answer.option_ids for update in updates if update.poll_answer] == [(1,), (0,)]
    assert [update.poll.total_voter_count for update in updates if update.poll] == [1, 1]
    stopped = await bot.stop_poll(WANG, sent.message_id)
    assert stopped.is_closed
    assert [option.voter_count for option in stopped.options] == [1, 0, 0]
    with pytest.raises(BadRequest, match="Poll has already been closed"):
        await bot.stop_poll(WANG, sent.message_id)


async def test_an_anonymous_poll_does_not_say_who_voted(bot: Bot, sandbox: Sandbox) -> None:
    sent = await bot.send_poll(WANG, "?", ["甲", "乙"], allows_multiple_answers=True)
    sandbox.act(WANG, WANG, "vote", message_id=sent.message_id, option_ids=[0, 1])
    (update,) = await bot.get_updates()
    assert update.poll is not None
    assert [option.voter_count for option in update.poll.options] == [1, 1]


async def test_forwards_name_their_origin_and_copies_do_not(bot: Bot, sandbox: Sandbox) -> None:
    written = sandbox.act(WANG, WANG, "text", text="线索")
    forwarded = await bot.forward_message(LI, WANG, written["message_id"])
    assert isinstance(forwarded.forward_origin, MessageOriginUser)
    assert forwarded.forward_origin.sender_user.id == WANG
    copied = await bot.copy_message(LI, WANG, written["message_id"])
    assert sandbox.messages(LI)[-1]["message_id"] == copied.message_id
    assert "forward_origin" not in sandbox.messages(LI)[-1]
    assert len(await bot.forward_messages(LI, WANG, [written["message_id"]])) == 1
    assert len(await bot.copy_messages(LI, WANG, [written["message_id"], 88])) == 1


async def test_a_copied_photo_may_get_another_caption(bot: Bot, sandbox: Sandbox) -> None:
    sent = await bot.send_photo(WANG, png(), caption="旧")
    await bot.copy_message(LI, WANG, sent.message_id, caption="新")
    assert sandbox.messages(LI)[-1]["caption"] == "新"


async def test_chats_and_members_are_described(bot: Bot, sandbox: Sandbox) -> None:
    group = sandbox.add_group("东关社区", [LI, ZHAO], admins=[WANG])["id"]
    assert (await bot.get_chat(group)).title == "东关社区"
    assert (await bot.get_chat(WANG)).first_name == "王芳"
    assert await bot.get_chat_member_count(group) == 4
    assert (await bot.get_chat_member(group, WANG)).status == ChatMemberStatus.OWNER
    assert (await bot.get_chat_member(group, LI)).status == ChatMemberStatus.MEMBER
    assert (await bot.get_chat_member(group, bot.id)).status == ChatMemberStatus.MEMBER
    sandbox.act(LI, group, "leave")
    assert (await bot.get_chat_member(group, LI)).status == ChatMemberStatus.LEFT
    assert [admin.user.id for admin in await bot.get_chat_administrators(group)] == [WANG]


async def test_pins_show_in_the_chat(bot: Bot, sandbox: Sandbox) -> None:
    sent = await bot.send_message(WANG, "公告")
    assert await sent.pin()
    pinned = (await bot.get_chat(WANG)).pinned_message
    assert pinned is not None
    assert pinned.text == "公告"
    assert await sent.unpin()
    assert (await bot.get_chat(WANG)).pinned_message is None
    await sent.pin()
    assert await bot.unpin_all_chat_messages(WANG)
    group = sandbox.add_group("东关社区", [WANG])["id"]
    grouped = await bot.send_message(group, "公告")
    with pytest.raises(BadRequest, match="Not enough rights to manage pinned messages"):
        await grouped.pin()


async def test_a_bot_can_leave_a_group(bot: Bot, sandbox: Sandbox) -> None:
    group = sandbox.add_group("东关社区", [WANG])["id"]
    assert await bot.leave_chat(group)
    assert sandbox.world.chats[group].bot == "left"


async def test_being_busy_shows_on_the_page(bot: Bot, sandbox: Sandbox) -> None:
    assert await bot.send_chat_action(WANG, "typing")
    assert sandbox.world.feed.since(0)[-1]["type"] == "typing"
    with pytest.raises(BadRequest, match="Wrong parameter action in request"):
        await bot.send_chat_action(WANG, "dancing")


async def test_commands_depend_on_scope_and_language(bot: Bot) -> None:
    scope = BotCommandScopeChat(WANG)
    await bot.set_my_commands([BotCommand("visit", "走访登记")])
    await bot.set_my_commands([BotCommand("lead", "线索")], scope=scope, language_code="en")
    assert [command.command for command in await bot.get_my_commands()] == ["visit"]
    assert [command.command for command in await bot.get_my_commands(scope, "en")] == ["lead"]
    assert await bot.delete_my_commands(scope, "en")
    assert await bot.get_my_commands(scope, "en") == ()
    with pytest.raises(BadRequest, match=r"(?i)BOT_COMMAND_INVALID"):
        await bot.set_my_commands([("走访", "走访登记")])


async def test_a_bot_describes_itself(bot: Bot) -> None:
    await bot.set_my_name("梭子二号")
    await bot.set_my_description("为网格员服务", language_code="zh")
    await bot.set_my_short_description("梭子")
    assert (await bot.get_my_name()).name == "梭子二号"
    assert (await bot.get_my_description("zh")).description == "为网格员服务"
    assert (await bot.get_my_description("en")).description == ""
    assert (await bot.get_my_short_description()).short_description == "梭子"


async def test_the_menu_button_is_set_for_one_chat_or_for_all(bot: Bot) -> None:
    await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
    await bot.set_chat_menu_button(WANG, MenuButtonDefault())
    assert await bot.get_chat_menu_button() == MenuButtonCommands()
    assert await bot.get_chat_menu_button(WANG) == MenuButtonDefault()
