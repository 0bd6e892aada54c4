// One message as a bubble (or as a line, when something happened to the chat).

import { copy, inlineKeyboard } from "./buttons.js";
import { chooseDialog, confirmDialog, openMenu, orToast } from "./dialogs.js";
import { el, icon, iconButton } from "./dom.js";
import { formatted } from "./entities.js";
import { followLink } from "./links.js";
import { mediaOf } from "./media.js";
import { botPortrait, chatName, colourOf, oneLine, personName, portrait, serviceText } from "./names.js";
import { store } from "./store.js";
import { clock, fullWhen } from "./time.js";
import { say } from "./words.js";

const LONG_PRESS = 500;

/** `opens` and `closes` say whether it is the first or last of a run of messages by one sender. */
export function bubble(message, { opens, closes }) {
  const service = serviceText(message);
  const marks = { "data-testid": "message", "data-message-id": message.message_id, "data-chat-id": message.chat.id };
  if (service) return el("div", { class: "service", ...marks }, el("span", { text: service }));
  const mine = message.from?.id === store.me;
  const inGroup = message.chat.type !== "private";
  const media = mediaOf(message);
  const bare = Boolean(message.sticker || message.dice);
  const body = el("div", { class: `bubble${bare ? " bare" : ""}${message.photo ? " with-photo" : ""}` },
    inGroup && !mine && opens ? el("div", { class: `sender colour-${colourOf(message.from.id)}`, text: personName(message.from) }) : null,
    forwardLabel(message), quotation(message), media, words(message), meta(message));
  const keyboard = inlineKeyboard(message);
  const side = inGroup && !mine ? el("div", { class: "side" }, closes ? face(message.from) : null) : null;
  const row = el("article", {
    class: ["row", mine ? "mine" : "theirs", opens ? "opens" : "", closes ? "closes" : ""].join(" "),
    "aria-label": `${mine ? say("you") : personName(message.from)} ${clock(message.date)}`,
    "data-sender-id": message.from?.id, ...marks,
  }, side, el("div", { class: "stack" }, body, keyboard), iconButton("dots", say("more"), (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    messageMenu(message, mine, box.left, box.bottom);
  }, { class: "icon-button more" }));
  onLongPress(body, (x, y) => messageMenu(message, mine, x, y));
  return row;
}

function face(user) {
  return user.is_bot ? botPortrait() : portrait(personName(user), user.id);
}

function words(message) {
  const text = message.text ?? message.caption;
  if (!text) return null;
  const onCommand = (command) => orToast(store.act("text", { text: command }));
  return el("div", { class: "text", "data-testid": "text" },
    ...formatted(text, message.entities ?? message.caption_entities, { onLink: followLink, onCommand }));
}

function meta(message) {
  return el("div", { class: "meta" },
    message.edit_date ? el("span", { class: "edited", "data-testid": "edited", text: say("edited") }) : null,
    el("time", { datetime: new Date(message.date * 1000).toISOString(), title: fullWhen(message.date), text: clock(message.date) }));
}

function forwardLabel({ forward_origin: origin }) {
  if (!origin) return null;
  const chat = origin.sender_chat ?? origin.chat;
  const name = origin.sender_user ? personName(origin.sender_user) : chat?.title ?? origin.sender_user_name ?? say("unknownPerson");
  return el("div", { class: "forwarded" }, icon("forward"), el("span", { text: say("forwardedFrom", { name }) }));
}

function quotation({ reply_to_message: original }) {
  if (!original) return null;
  const jump = () => {
    const target = document.querySelector(`.log [data-message-id="${original.message_id}"]`);
    target?.scrollIntoView({ block: "center", behavior: "smooth" });
    target?.classList.add("flash");
    target?.addEventListener("animationend", () => target.classList.remove("flash"), { once: true });
  };
  return el("button", { type: "button", class: `quotation colour-${colourOf(original.from?.id ?? 0)}`, on: { click: jump } },
    el("span", { class: "quotation-name", text: personName(original.from) }),
    el("span", { class: "quotation-text", text: oneLine(original) }));
}

/** Right click, or a long press where there is no mouse. */
function onLongPress(node, open) {
  let timer = 0;
  const stop = () => clearTimeout(timer);
  node.addEventListener("contextmenu", (event) => {
    event.preventDefault();
    stop();
    open(event.clientX, event.clientY);
  });
  node.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse") return;
    timer = setTimeout(() => open(event.clientX, event.clientY), LONG_PRESS);
  });
  for (const type of ["pointerup", "pointermove", "pointercancel"]) node.addEventListener(type, stop);
}

function messageMenu(message, mine, x, y) {
  const text = message.text ?? message.caption;
  openMenu(x, y, [
    { icon: "reply", label: say("reply"), run: () => store.tell("compose-reply", message) },
    text ? { icon: "copy", label: say("copy"), run: () => copy(text) } : null,
    { icon: "forward", label: say("forward"), run: () => forward(message) },
    mine && message.text ? { icon: "edit", label: say("edit"), run: () => store.tell("compose-edit", message) } : null,
    mine || message.chat.type === "private" ? { icon: "remove", label: say("remove"), danger: true, run: () => remove(message) } : null,
  ].filter(Boolean));
}

async function remove(message) {
  if (!await confirmDialog(say("removeAsk"), say("remove"), "danger")) return;
  await orToast(store.act("delete", { message_id: message.message_id }));
}

async function forward(message) {
  const choices = store.myChats().map((chat) => ({ id: chat.id, name: chatName(chat, store.bot) }));
  const target = await chooseDialog(say("forwardTo"), choices);
  if (target === undefined) return;
  const done = await orToast(store.act("forward", { from_chat_id: message.chat.id, message_id: message.message_id }, null, target));
  if (done !== undefined && target !== store.chatId) await store.openChat(target);
}
