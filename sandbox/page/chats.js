// The chats of the person one is.

import { el, soon } from "./dom.js";
import { chatName, chatPortrait, oneLine, personName, portrait } from "./names.js";
import { backToPeople, badge } from "./people.js";
import { store } from "./store.js";
import { shortWhen } from "./time.js";
import { say } from "./words.js";

export function mountChats(root, { onChoose, onBack }) {
  function draw() {
    root.setAttribute("aria-label", say("chats"));
    const person = store.person;
    root.classList.toggle("nobody", !person);
    if (!person) {
      root.replaceChildren();
      return;
    }
    const name = personName(person.user);
    root.replaceChildren(
      el("header", { class: "head" }, backToPeople(onBack), portrait(name, person.user.id),
        el("div", { class: "head-words" }, el("h2", { text: name, "data-testid": "me" }), el("small", { text: person.note ?? "" }))),
      el("div", { class: "list", "data-testid": "chats" }, ...store.myChats().map(row)));
  }

  function row(chat) {
    const name = chatName(chat, store.bot);
    const last = store.previews.get(chat.id);
    return el("button", {
      type: "button", class: "entry", "aria-pressed": String(chat.id === store.chatId), "data-testid": "chat", "data-chat-id": chat.id,
      on: { click: () => onChoose(chat.id) },
    }, chatPortrait(chat, store.bot),
    el("span", { class: "entry-words" },
      el("span", { class: "entry-top" }, el("span", { class: "entry-name", text: name }), last ? el("time", { text: shortWhen(last.date) }) : null),
      el("small", { text: preview(chat, last) })),
    badge(store.unread(store.me, chat.id)));
  }

  function preview(chat, last) {
    if (store.isTyping(chat.id)) return say("typing");
    if (!last) return say("noMessages");
    const line = oneLine(last).replace(/\s+/g, " ");
    if (last.from?.id === store.me) return `${say("you")}：${line}`;
    return chat.type === "private" ? line : `${personName(last.from)}：${line}`;
  }

  const drawSoon = soon(draw);
  store.listen(["reset", "me", "chat-opened", "language"], draw);
  store.listen(["previews", "typing", "person", "groups"], drawSoon);
  store.listen(["unread"], ({ personId }) => personId === store.me && drawSoon());
  draw();
}
