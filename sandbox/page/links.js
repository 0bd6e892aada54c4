// Addresses: the page's own (?person=, ?chat=, ?start=) and those people click in a chat.

import { chooseDialog, confirmDialog, orToast } from "./dialogs.js";
import { store } from "./store.js";
import { say } from "./words.js";

/** What the page was opened with. */
export function asked() {
  const query = new URLSearchParams(location.search);
  const number = (name) => (query.has(name) ? Number(query.get(name)) : null);
  return { person: number("person"), chat: number("chat"), start: query.get("start") };
}

/** Keeps the page's address in step with what is open, so that a reload comes back here; a used start code goes. */
export function remember() {
  const query = new URLSearchParams();
  if (store.me) query.set("person", store.me);
  if (store.chatId) query.set("chat", store.chatId);
  const search = query.toString();
  history.replaceState(null, "", search ? `?${search}` : location.pathname);
}

/** The start code of a link to our bot: "" when it has none, null when the link leads elsewhere. */
export function startCode(address) {
  return parameter(address, "start");
}

/** What a link to our bot says under `name`: "" when nothing, null when the link leads elsewhere. */
function parameter(address, name) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  const isBot = (username) => username?.toLowerCase() === store.bot?.username?.toLowerCase();
  const web = ["t.me", "telegram.me"].includes(url.hostname) && isBot(url.pathname.slice(1));
  const scheme = url.protocol === "tg:" && isBot(url.searchParams.get("domain"));
  return web || scheme ? url.searchParams.get(name) ?? "" : null;
}

/** As the current person: choose one of one's groups, let the bot in there, and send it the link's code. */
async function startInGroup(code) {
  const groups = [...store.groups.values()].filter((chat) => chat.members.includes(store.me));
  const chosen = await chooseDialog(say("addBot"), groups.map((chat) => ({ id: chat.id, name: chat.title })));
  if (chosen === undefined) return;
  await store.openChat(chosen);
  await orToast(store.act("start_group", { text: `/start@${store.bot.username} ${code}` }));
}

/** As the current person: open the private chat with the bot and send /start. */
export async function startBot(code) {
  await store.openChat(store.me);
  await orToast(store.act("text", { text: code ? `/start ${code}` : "/start" }));
}

export async function followLink(address) {
  const group = parameter(address, "startgroup");
  if (group) {
    await startInGroup(group);
    return;
  }
  const code = startCode(address);
  if (code !== null) {
    // A plain link to the bot only opens the chat, as on Telegram; with a code it also starts.
    await (code ? startBot(code) : store.openChat(store.me));
    return;
  }
  if (await confirmDialog(`${say("openLinkAsk")}\n${address}`, say("openLink"))) window.open(address, "_blank", "noopener,noreferrer");
}
