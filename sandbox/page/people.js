// The people of the county, to choose who one is. A county has tens of thousands: only a window of them is drawn.

import { el, icon, iconButton, soon } from "./dom.js";
import { personName, portrait } from "./names.js";
import { store } from "./store.js";
import { say, switchLanguage } from "./words.js";

const WINDOW = 200;

export function mountPeople(root, { onChoose }) {
  let rows = new Map();
  let query = "";
  let onlyUnread = false;
  const list = el("div", { class: "list", "data-testid": "people" });
  const tabs = el("div", { class: "tabs" });

  function build() {
    root.setAttribute("aria-label", say("people"));
    const search = el("input", { type: "search", placeholder: say("searchPeople"), "aria-label": say("searchPeople"), value: query, "data-testid": "search" });
    search.addEventListener("input", () => {
      query = search.value;
      draw();
    });
    const language = el("button", { type: "button", class: "text-button", text: say("otherLanguage"), "aria-label": say("switchLanguage"), "data-testid": "language" });
    language.addEventListener("click", () => {
      switchLanguage();
      store.tell("language");
    });
    root.replaceChildren(
      el("header", { class: "head" }, el("img", { src: "/page/icon.svg", alt: "", width: "32", height: "32" }), el("h1", { text: say("title") }), language),
      el("label", { class: "search" }, icon("search"), search), tabs, list);
    draw();
  }

  function matches() {
    const wanted = query.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const found = [];
    for (const person of store.people.values()) {
      if (onlyUnread && !store.unreadOf(person) && person.user.id !== store.me) continue;
      const words = wanted.length ? `${personName(person.user)} ${person.note ?? ""} ${person.user.username ?? ""}`.toLowerCase() : "";
      if (wanted.every((word) => words.includes(word))) found.push(person);
    }
    return found;
  }

  function draw() {
    const found = matches();
    rows = new Map(found.slice(0, WINDOW).map((person) => [person.user.id, row(person)]));
    const rest = found.length - rows.size;
    list.replaceChildren(...rows.values());
    if (!found.length && store.people.size) list.append(el("p", { class: "hint", text: say("nobodyFound") }));
    if (rest > 0) list.append(el("p", { class: "hint", text: say("morePeople", { n: rest.toLocaleString() }) }));
    drawTabs();
  }

  function drawTabs() {
    const waiting = [...store.people.values()].filter((person) => store.unreadOf(person)).length;
    const tab = (label, chosen, value) => el("button", { type: "button", class: "tab", "aria-pressed": String(chosen), text: label,
      on: { click: () => { onlyUnread = value; draw(); } } });
    tabs.replaceChildren(tab(say("everybody"), !onlyUnread, false), tab(waiting ? `${say("withUnread")} ${waiting}` : say("withUnread"), onlyUnread, true));
  }

  function row(person) {
    const { user, note } = person;
    const name = personName(user);
    const unread = store.unreadOf(person);
    return el("button", {
      type: "button", class: "entry", "aria-pressed": String(user.id === store.me), "data-testid": "person", "data-person-id": user.id,
      on: { click: () => onChoose(user.id) },
    }, portrait(name, user.id),
    el("span", { class: "entry-words" }, el("span", { class: "entry-name", text: name }), el("small", { text: note ?? "" })),
    badge(unread));
  }

  function redraw(personId) {
    const old = rows.get(personId);
    const person = store.people.get(personId);
    if (!old || !person) return;
    const fresh = row(person);
    const hadFocus = document.activeElement === old;
    old.replaceWith(fresh);
    if (hadFocus) fresh.focus({ preventScroll: true });
    rows.set(personId, fresh);
  }

  const drawTabsSoon = soon(drawTabs);
  let shown = null;
  store.listen(["me"], () => {
    redraw(shown);
    redraw(store.me);
    shown = store.me;
  });
  store.listen(["unread", "person"], ({ personId }) => {
    redraw(personId);
    drawTabsSoon();
  });
  store.listen(["newcomer"], soon(draw));
  store.listen(["reset"], draw);
  store.listen(["language"], build);

  build();
}

export function badge(count) {
  if (!count) return null;
  return el("span", { class: "badge", "aria-label": say("unreadCount", { n: count }), text: count > 99 ? "99+" : String(count), "data-testid": "unread" });
}

/** The way back to the people on a small screen. */
export function backToPeople(onBack) {
  return iconButton("back", say("people"), onBack, { class: "icon-button back", "data-testid": "back" });
}
