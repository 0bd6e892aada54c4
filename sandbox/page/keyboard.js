// The reply keyboard: the panel of buttons the bot shows under the input.

import { sendContact, sendLocation } from "./attach.js";
import { orToast, toast } from "./dialogs.js";
import { el } from "./dom.js";
import { store } from "./store.js";
import { say } from "./words.js";

/** `onChange` is called when the panel was folded or unfolded. */
export function replyKeyboard(onChange) {
  const panel = el("div", { class: "keyboard", role: "group", "aria-label": say("keyboard"), "data-testid": "reply-keyboard", hidden: true });
  let folded = false;

  function draw({ fresh = false } = {}) {
    const keyboard = store.keyboard();
    const rows = keyboard?.keyboard ?? [];
    if (fresh) folded = false;
    panel.hidden = folded || !rows.length;
    panel.classList.toggle("tall", Boolean(rows.length) && !keyboard.resize_keyboard);
    panel.replaceChildren(...rows.map((row) => el("div", { class: "keyboard-row" }, ...row.map((spec) => key(spec, keyboard)))));
    onChange();
  }

  function key(spec, keyboard) {
    const { text, style = "" } = typeof spec === "string" ? { text: spec } : spec;
    const press = async () => {
      await tap(typeof spec === "string" ? { text } : spec);
      // A one-time keyboard folds after use but can be opened again, as on Telegram.
      if (keyboard.one_time_keyboard) fold(true);
    };
    return el("button", { type: "button", class: `key ${style}`, text, on: { click: press } });
  }

  function fold(value) {
    folded = value;
    draw();
  }

  return {
    panel, draw,
    toggle: () => fold(!folded),
    exists: () => Boolean(store.keyboard()?.keyboard?.length),
    isFolded: () => folded,
    // A persistent keyboard is meant to stay in sight; hiding it stays possible, forgetting it does not.
    reset: () => { folded = false; },
  };
}

async function tap(spec) {
  if (spec.request_location) return sendLocation();
  if (spec.request_contact) return sendContact();
  if (spec.request_poll || spec.request_users || spec.request_chat || spec.web_app) return toast(say("notHere"));
  return orToast(store.act("text", { text: spec.text }));
}
