// The open chat: its head, its messages, and where one writes.

import { showAnswer } from "./buttons.js";
import { composer } from "./composer.js";
import { chooseDialog, openMenu, orToast } from "./dialogs.js";
import { el, icon, iconButton } from "./dom.js";
import { sendFile } from "./attach.js";
import { messageLog } from "./log.js";
import { chatName, chatPortrait, personName } from "./names.js";
import { store } from "./store.js";
import { say } from "./words.js";

// On a touch screen focusing the input opens the keyboard over half of the chat.
const hasMouse = matchMedia("(hover: hover) and (pointer: fine)");

export function mountConversation(root, { onBack, pendingStart }) {
  let log;
  let writing;
  const head = el("header", { class: "head" });
  const empty = el("div", { class: "welcome", "data-testid": "welcome" });

  function build() {
    log = messageLog();
    writing = composer();
    root.setAttribute("aria-label", say("messages"));
    root.replaceChildren(empty, head, log.node, writing.node);
    drawAll();
  }

  function drawHead() {
    const chat = store.chat(store.chatId);
    if (!chat) return;
    const isPrivate = chat.type === "private";
    const name = chatName(chat, store.bot);
    const typing = store.isTyping(chat.id);
    const about = typing ? say("typing") : isPrivate ? say(store.person.blocked ? "blocked" : "bot") : say("members", { n: chat.members.length });
    head.replaceChildren(
      iconButton("back", say("back"), onBack, { class: "icon-button back", "data-testid": "back" }),
      chatPortrait(chat, store.bot),
      el("div", { class: "head-words" },
        el("h2", { text: name, "data-testid": "chat-title" }),
        el("small", { class: typing ? "typing" : "", text: about, "data-testid": typing ? "typing" : "chat-about" })),
      iconButton("dots", say("chatMenu"), (event) => chatMenu(chat, event), { "data-testid": "chat-menu" }));
  }

  function drawEmpty() {
    const open = store.chatId !== null;
    root.classList.toggle("nothing-open", !open);
    if (open) return;
    const title = store.me ? say("pickChat") : pendingStart() ? say("welcomeStart") : say("welcome");
    empty.replaceChildren(el("img", { src: "/page/icon.svg", alt: "", width: "72", height: "72" }),
      el("h2", { text: title }), ...(store.me ? [] : [el("p", { text: say("welcomeMore") })]));
  }

  function drawAll() {
    drawEmpty();
    drawHead();
    log.draw();
    writing.draw();
  }

  store.listen(["chat-opened"], () => {
    log.clear();
    drawAll();
    if (hasMouse.matches && store.chatId !== null) writing.focus();
  });
  store.listen(["messages"], (detail) => {
    log.draw(detail);
    writing.drawInstead();
  });
  store.listen(["reset", "me", "person", "groups", "typing"], () => {
    drawEmpty();
    drawHead();
    writing.drawInstead();
  });
  store.listen(["reset"], () => writing.drawKeyboard());
  store.listen(["keyboard"], (detail) => writing.drawKeyboard(detail));
  store.listen(["compose-reply"], (message) => writing.reply(message));
  store.listen(["compose-edit"], (message) => writing.edit(message));
  store.listen(["answer"], (answer) => answer.chat_id === store.chatId && showAnswer(answer));
  store.listen(["language"], build);
  acceptDrops(root);
  build();
}

function chatMenu(chat, event) {
  const box = event.currentTarget.getBoundingClientRect();
  const does = (action) => () => orToast(store.act(action));
  if (chat.type === "private") {
    const [action, label] = store.person.blocked ? ["unblock", "unblockShort"] : ["block", "block"];
    openMenu(box.right, box.bottom, [{ icon: "block", label: say(label), danger: action === "block", run: does(action) }]);
    return;
  }
  const hasBot = Boolean(chat.bot) && !["left", "kicked"].includes(chat.bot);
  openMenu(box.right, box.bottom, [
    { icon: "group", label: say("showMembers"), run: () => showMembers(chat) },
    hasBot ? { icon: "remove", label: say("removeBot"), run: does("remove_bot") } : { icon: "group", label: say("addBot"), run: does("add_bot") },
    { icon: "leave", label: say("leave"), danger: true, run: does("leave") },
  ]);
}

/** Choosing a member means to become that person, in this group. */
async function showMembers(chat) {
  const people = chat.members.flatMap((id) => store.people.get(id) ?? []);
  const choices = people.map((person) => ({ id: person.user.id, name: personName(person.user), note: person.note }));
  const chosen = await chooseDialog(chat.title, choices);
  if (chosen === undefined) return;
  await store.be(chosen);
  await store.openChat(chat.id);
}

function acceptDrops(root) {
  const hint = el("div", { class: "drop-hint" }, icon("document"), el("span", { text: say("dropHere") }));
  root.addEventListener("dragover", (event) => {
    if (store.chatId === null || !event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    root.append(hint);
  });
  root.addEventListener("dragleave", (event) => root.contains(event.relatedTarget) || hint.remove());
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    hint.remove();
    const [file] = event.dataTransfer.files;
    if (file && store.chatId !== null) sendFile(file.type.startsWith("image/") ? "photo" : "document", file);
  });
}
