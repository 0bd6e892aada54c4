// Where one writes: the input, what it answers or edits, attachments, the reply keyboard, or the one big button instead.

import { attachments, openCommands, sendFile } from "./attach.js";
import { orToast } from "./dialogs.js";
import { el, iconButton } from "./dom.js";
import { replyKeyboard } from "./keyboard.js";
import { startBot } from "./links.js";
import { oneLine, personName } from "./names.js";
import { store } from "./store.js";
import { say } from "./words.js";

export function composer() {
  const input = el("textarea", { rows: "1", "aria-label": say("messages"), "data-testid": "input", enterkeyhint: "send" });
  const bar = el("div", { class: "compose-bar", hidden: true, "data-testid": "compose-bar" });
  const keyboard = replyKeyboard(drawKeyboardButton);
  const attach = attachments();
  const attachButton = iconButton("clip", say("attach"), attach.open, { "data-testid": "attach" });
  const commandsButton = iconButton("command", say("commands"), openCommands, { "data-testid": "commands", hidden: true });
  const keyboardButton = iconButton("keyboard", say("keyboardHide"), keyboard.toggle, { "data-testid": "keyboard-toggle", hidden: true });
  const sendButton = el("button", { type: "submit", class: "icon-button send", "data-testid": "send" });
  sendButton.append(...iconButton("send", "").childNodes);
  const form = el("form", { class: "compose", on: { submit } }, attachButton, input, commandsButton, keyboardButton, sendButton, ...attach.inputs);
  const bigButton = el("button", { type: "button", class: "button main big", "data-testid": "big-button" });
  const hint = el("p", { class: "hint" });
  const instead = el("div", { class: "compose-instead", hidden: true }, hint, bigButton);
  const node = el("footer", { class: "composer" }, bar, form, instead, keyboard.panel);

  const drafts = new Map();
  let replyTo = null;
  let editing = null;
  let opened = "";
  let queue = Promise.resolve();

  function submit(event) {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    const request = editing ? ["edit", { message_id: editing.message_id, text }] : ["text", { text, reply_to_message_id: replyTo?.message_id }];
    setText("");
    forget();
    // One after the other: two quick messages must arrive in the order they were written.
    queue = queue.then(async () => {
      const done = await orToast(store.act(...request));
      if (done === undefined && !input.value) setText(text);
    });
  }

  function setText(text) {
    input.value = text;
    grow();
  }

  function grow() {
    input.style.height = "auto";
    input.style.height = `${input.scrollHeight}px`;
    sendButton.disabled = !input.value.trim();
  }

  /** Ends replying or editing. */
  function forget() {
    replyTo = null;
    editing = null;
    bar.hidden = true;
  }

  function showBar(title, message) {
    const cancel = () => {
      if (editing) setText("");
      forget();
    };
    bar.replaceChildren(
      el("div", { class: "compose-bar-words" }, el("strong", { text: title }), el("span", { text: oneLine(message) })),
      iconButton("close", say("cancel"), cancel));
    bar.hidden = false;
    input.focus();
  }

  function reply(message) {
    forget();
    replyTo = message;
    showBar(say("replyingTo", { name: personName(message.from) }), message);
  }

  function edit(message) {
    forget();
    editing = message;
    setText(message.text);
    showBar(say("editing"), message);
  }

  function onKey(event) {
    // Enter that only confirms a Chinese input method's candidate must not send.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "Escape" && !bar.hidden) {
      bar.querySelector("button").click();
    } else if (event.key === "ArrowUp" && !input.value) {
      const last = store.messages().findLast((message) => message.from?.id === store.me && message.text);
      if (last) edit(last);
    }
  }

  function onPaste(event) {
    const [file] = event.clipboardData.files;
    if (!file) return;
    event.preventDefault();
    sendFile(file.type.startsWith("image/") ? "photo" : "document", file);
  }

  function drawKeyboardButton() {
    const label = say(keyboard.isFolded() ? "keyboardShow" : "keyboardHide");
    keyboardButton.hidden = !keyboard.exists();
    keyboardButton.classList.toggle("on", !keyboard.isFolded());
    keyboardButton.setAttribute("aria-label", label);
    keyboardButton.title = label;
    input.placeholder = store.keyboard()?.input_field_placeholder || say("write");
  }

  function drawInstead() {
    const isPrivate = store.chatId !== null && store.chatId === store.me;
    const blocked = isPrivate && store.person?.blocked;
    const empty = isPrivate && store.thread?.loaded && store.thread.messages.size === 0;
    instead.hidden = !(blocked || empty);
    form.hidden = blocked || empty;
    hint.textContent = say(blocked ? "blocked" : "startHint");
    bigButton.textContent = say(blocked ? "unblock" : "start");
    bigButton.onclick = () => (blocked ? restart() : startBot(""));
  }

  async function restart() {
    if (await orToast(store.act("unblock")) !== undefined) await startBot("");
  }

  /** Draws for the open chat; a draft stays with its person and chat. */
  function draw() {
    const key = `${store.me}:${store.chatId}`;
    if (key !== opened) {
      if (opened && !editing) drafts.set(opened, input.value);
      opened = key;
      forget();
      setText(drafts.get(key) ?? "");
      keyboard.reset();
    }
    sendButton.setAttribute("aria-label", say("send"));
    commandsButton.hidden = !store.commands.length;
    keyboard.draw();
    drawInstead();
  }

  input.addEventListener("keydown", onKey);
  input.addEventListener("input", grow);
  input.addEventListener("paste", onPaste);
  grow();
  return { node, draw, drawInstead, drawKeyboard: keyboard.draw, reply, edit, focus: () => input.focus({ preventScroll: true }) };
}
