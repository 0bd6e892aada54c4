// Short notes, questions and menus that come over the page.

import { el, icon } from "./dom.js";
import { portrait } from "./names.js";
import { say } from "./words.js";

const TOAST_LASTS = 4500;

export function toast(text) {
  const note = el("div", { class: "toast", "data-testid": "toast", text });
  document.getElementById("toasts").append(note);
  setTimeout(() => note.remove(), TOAST_LASTS);
}

/** Runs something that may be refused, and says why when it is. Gives undefined then. */
export async function orToast(promise) {
  try {
    return await promise;
  } catch (error) {
    toast(error.message);
    return undefined;
  }
}

/** Opens a modal dialog; `build(close)` gives its content, the promise gives what `close` was called with. */
function openDialog(build, props = {}) {
  return new Promise((resolve) => {
    const dialog = el("dialog", { class: "dialog", ...props });
    let answer;
    const close = (value) => {
      answer = value;
      dialog.close();
    };
    dialog.append(...build(close));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    // A click on the darkened page around the dialog lands on the dialog element itself.
    dialog.addEventListener("click", (event) => event.target === dialog && close());
    document.body.append(dialog);
    dialog.showModal();
  });
}

const button = (label, kind, onClick, type = "button") =>
  el("button", { type, class: `button ${kind}`, text: label, on: onClick ? { click: onClick } : {} });

export function alertDialog(text) {
  return openDialog((close) => [
    el("p", { class: "dialog-text", text }),
    el("div", { class: "dialog-buttons" }, button(say("ok"), "main", () => close(true))),
  ], { role: "alertdialog", "data-testid": "alert" });
}

export function confirmDialog(text, yes, kind = "main") {
  return openDialog((close) => [
    el("p", { class: "dialog-text", text }),
    el("div", { class: "dialog-buttons" }, button(say("cancel"), "plain", () => close(false)), button(yes, kind, () => close(true))),
  ], { "data-testid": "confirm" });
}

/** Asks for a few values: fields are {name, label, value, type?}; gives {name: value} or undefined. */
export function formDialog(title, fields, yes, above = null) {
  return openDialog((close) => {
    const inputs = fields.map(({ name, value = "", type = "text" }) => el("input", { name, value, type, step: type === "number" ? "any" : null }));
    const submit = (event) => {
      event.preventDefault();
      close(Object.fromEntries(inputs.map((input) => [input.name, input.value])));
    };
    return [el("form", { on: { submit } },
      el("h2", { text: title }), above,
      ...fields.map(({ label }, index) => el("label", { class: "field" }, el("span", { text: label }), inputs[index])),
      el("div", { class: "dialog-buttons" }, button(say("cancel"), "plain", () => close()), button(yes, "main", null, "submit")))];
  }, { "data-testid": "form" });
}

/** Lets one choose from named things: {id, name, colour?}; gives the id or undefined. */
export function chooseDialog(title, choices) {
  return openDialog((close) => [
    el("h2", { text: title }),
    el("div", { class: "choices" }, ...choices.map(({ id, name, note }) =>
      el("button", { type: "button", class: "choice", on: { click: () => close(id) } },
        portrait(name, id), el("span", { class: "choice-name", text: name }), note ? el("small", { text: note }) : null))),
    el("div", { class: "dialog-buttons" }, button(say("cancel"), "plain", () => close())),
  ], { "data-testid": "choose" });
}

export function pictureDialog(address, alt) {
  return openDialog((close) => [
    el("button", { type: "button", class: "picture-large", "aria-label": say("back"), on: { click: () => close() } }, el("img", { src: address, alt })),
  ], { class: "dialog picture-dialog" });
}

/** A menu at a place of the page. Items are {icon, label, note?, run, danger?}. */
export function openMenu(x, y, items) {
  document.querySelector(".menu")?.remove();
  const before = document.activeElement;
  const close = () => {
    menu.remove();
    document.removeEventListener("pointerdown", outside, true);
    before?.focus?.({ preventScroll: true });
  };
  const outside = (event) => menu.contains(event.target) || close();
  const keys = (event) => {
    const entries = [...menu.children];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      entries.at((entries.indexOf(document.activeElement) + step) % entries.length).focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      close();
    }
  };
  const menu = el("div", { class: "menu", role: "menu", "data-testid": "menu", on: { keydown: keys } },
    ...items.map((item) => el("button", {
      type: "button", role: "menuitem", class: item.danger ? "danger" : "",
      on: { click: () => { close(); item.run(); } },
    }, icon(item.icon), el("span", { text: item.label }), item.note ? el("small", { text: item.note }) : null)));
  document.body.append(menu);
  const box = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(x, innerWidth - box.width - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(y, innerHeight - box.height - 8))}px`;
  document.addEventListener("pointerdown", outside, true);
  menu.firstElementChild.focus({ preventScroll: true });
}
