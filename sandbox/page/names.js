// How people, chats and messages are named in a line.

import { say } from "./words.js";

const CHINESE = /\p{Script=Han}/u;

/** Chinese names are written family name first and without a space. */
export function personName(user) {
  if (!user) return say("unknownPerson");
  const { first_name: first, last_name: last } = user;
  if (!last) return first;
  return CHINESE.test(first + last) ? last + first : `${first} ${last}`;
}

export function chatName(chat, bot) {
  return chat.type === "private" ? personName(bot) : chat.title;
}

/** What stands in the round picture: the given name of a Chinese name, otherwise initials. */
function initials(name) {
  const letters = [...name];
  if (CHINESE.test(name)) return (letters.length <= 4 ? letters.slice(-2) : letters.slice(0, 2)).join("");
  return name.split(/\s+/).map((word) => [...word][0] ?? "").slice(0, 2).join("").toUpperCase();
}

export const COLOURS = 7;

/** One of the few calm colours, always the same for the same id. */
export function colourOf(id) {
  return Math.abs(Number(id)) % COLOURS;
}

export function portrait(name, id) {
  const node = document.createElement("span");
  node.className = `portrait colour-${colourOf(id)}`;
  node.setAttribute("aria-hidden", "true");
  node.textContent = initials(name);
  return node;
}

const KINDS = ["photo", "voice", "document", "sticker", "location", "contact", "poll", "video", "audio"];

/** The bot's picture: the shuttle, so that nobody takes it for a person. */
export function botPortrait() {
  const node = document.createElement("img");
  node.className = "portrait";
  node.src = "/page/icon.svg";
  node.alt = "";
  return node;
}

export function chatPortrait(chat, bot) {
  return chat.type === "private" ? botPortrait() : portrait(chatName(chat, bot), chat.id);
}

/** A message in one line, for lists and quotations. */
export function oneLine(message) {
  const service = serviceText(message);
  if (service) return service;
  if (message.text) return message.text;
  const kind = KINDS.find((name) => message[name]);
  if (!kind) return say("unknown");
  const more = message.caption ?? message.poll?.question ?? message.sticker?.emoji ?? message.document?.file_name;
  return more ? `[${say(kind)}] ${more}` : `[${say(kind)}]`;
}

/** What happened to the chat, when the message is not somebody's words; otherwise null. */
export function serviceText(message) {
  const who = personName(message.from);
  if (message.new_chat_members) {
    const name = message.new_chat_members.map(personName).join("、");
    const alone = message.new_chat_members.length === 1 && message.new_chat_members[0].id === message.from?.id;
    return alone || !message.from ? say("joined", { name }) : say("joinedBy", { who, name });
  }
  if (message.left_chat_member) {
    const name = personName(message.left_chat_member);
    const byOther = message.from && message.from.id !== message.left_chat_member.id;
    return byOther ? say("removedBy", { who, name }) : say("left", { name });
  }
  if (message.group_chat_created || message.supergroup_chat_created) return say("groupMade", { who });
  if (message.new_chat_title) return say("titleChanged", { title: message.new_chat_title });
  if (message.new_chat_photo) return say("photoChanged", { who });
  if (message.pinned_message) return say("pinned", { who });
  if (message.migrate_to_chat_id || message.migrate_from_chat_id) return say("migrated");
  return null;
}
