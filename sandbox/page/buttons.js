// The buttons the bot puts under a message.

import { alertDialog, orToast, toast } from "./dialogs.js";
import { el, icon } from "./dom.js";
import { followLink } from "./links.js";
import { store } from "./store.js";
import { say } from "./words.js";

// Telegram's own clients stop turning after a while when a bot never answers a press.
const WAIT_AT_MOST = 30_000;

export function inlineKeyboard(message) {
  const rows = message.reply_markup?.inline_keyboard ?? [];
  if (!rows.length) return null;
  return el("div", { class: "inline-keyboard", "data-testid": "inline-keyboard" },
    ...rows.map((row) => el("div", { class: "inline-row" }, ...row.map((spec) => inlineButton(message, spec)))));
}

function inlineButton(message, spec) {
  const button = el("button", { type: "button", class: `inline-button ${spec.style ?? ""}`, "data-testid": "inline-button" },
    el("span", { text: spec.text }), spec.url ? icon("link") : null);
  button.addEventListener("click", () => press(message, spec, button));
  return button;
}

async function press(message, spec, button) {
  if (spec.url) return followLink(spec.url);
  if (spec.copy_text) return copy(spec.copy_text.text);
  if (spec.callback_data === undefined) return toast(say("notHere"));
  if (button.getAttribute("aria-busy") === "true") return undefined;
  setWaiting(button, true);
  setTimeout(() => setWaiting(button, false), WAIT_AT_MOST);
  const done = await orToast(store.act("press", { message_id: message.message_id, data: spec.callback_data }, null, message.chat.id));
  if (done === undefined) setWaiting(button, false);
  return undefined;
}

function setWaiting(button, waiting) {
  button.setAttribute("aria-busy", String(waiting));
  button.title = waiting ? say("waiting") : "";
}

export async function copy(text) {
  // Without permission the clipboard refuses; then at least nothing is claimed.
  await orToast(navigator.clipboard.writeText(text).then(() => toast(say("copied"))));
}

/** The bot answered a press: the waiting mark goes, its words are shown. */
export function showAnswer(answer) {
  const waiting = document.querySelectorAll(`[data-message-id="${answer.message_id}"] [aria-busy="true"]`);
  for (const button of waiting) setWaiting(button, false);
  if (answer.url) followLink(answer.url);
  if (!answer.text) return;
  if (answer.show_alert) alertDialog(answer.text);
  else toast(answer.text);
}
