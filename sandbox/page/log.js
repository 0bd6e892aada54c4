// The list of messages: days, runs of one sender, and a scroll position that behaves.

import { bubble } from "./bubble.js";
import { el, icon, reconcile } from "./dom.js";
import { serviceText } from "./names.js";
import { store } from "./store.js";
import { dayKey, dayLabel } from "./time.js";
import { say } from "./words.js";

const NEAR = 80;
const LOAD_WITHIN = 300;
const RUN_SECONDS = 300;

export function messageLog() {
  const list = el("div", { class: "log-inner" });
  const log = el("div", { class: "log", role: "log", "aria-live": "polite", tabindex: "0", "aria-label": say("messages"), "data-testid": "messages" }, list);
  const chip = el("button", { type: "button", class: "chip", hidden: true, "data-testid": "new-messages", on: { click: toBottom } }, icon("down"), el("span"));
  let drawn = new Map();
  let atBottom = true;
  let fresh = 0;

  function toBottom() {
    log.scrollTop = log.scrollHeight;
    atBottom = true;
    showChip(0);
  }

  function showChip(count) {
    fresh = count;
    chip.hidden = atBottom && !fresh;
    chip.setAttribute("aria-label", fresh ? say("newMessages", { n: fresh }) : say("toBottom"));
    chip.lastChild.textContent = fresh ? say("newMessages", { n: fresh }) : "";
  }

  function onScroll() {
    atBottom = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
    showChip(atBottom ? 0 : fresh);
    loadWhenNearTop();
  }

  function loadWhenNearTop() {
    if (store.thread?.loaded && log.scrollTop < LOAD_WITHIN) store.loadOlder().catch(() => {});
  }

  /** Bubbles are kept as long as their message object and their place in a run stay the same. */
  function nodeFor(message, place) {
    const old = drawn.get(message.message_id);
    const same = old && old.message === message && old.place.opens === place.opens && old.place.closes === place.closes;
    return same ? old : { message, place, node: bubble(message, place) };
  }

  function draw({ older = false, added = null } = {}) {
    const heightBefore = log.scrollHeight;
    const topBefore = log.scrollTop;
    const messages = store.messages();
    const next = new Map();
    const nodes = [];
    messages.forEach((message, index) => {
      const startsDay = !sameDay(messages[index - 1], message);
      if (startsDay) nodes.push(dayNode(message));
      const place = { opens: startsDay || !sameRun(messages[index - 1], message), closes: !sameRun(message, messages[index + 1]) };
      const entry = nodeFor(message, place);
      next.set(message.message_id, entry);
      nodes.push(entry.node);
    });
    drawn = next;
    reconcile(list, nodes);
    log.dataset.loaded = String(Boolean(store.thread?.loaded));
    if (older && !atBottom) log.scrollTop = topBefore + log.scrollHeight - heightBefore;
    if (added && (atBottom || added.from?.id === store.me)) toBottom();
    else if (added) showChip(fresh + 1);
    else if (atBottom) toBottom();
    if (older) requestAnimationFrame(loadWhenNearTop);
  }

  function clear() {
    drawn = new Map();
    days.clear();
    list.replaceChildren();
    atBottom = true;
    showChip(0);
  }

  const days = new Map();
  function dayNode(message) {
    const key = dayKey(message.date);
    if (!days.has(key)) days.set(key, el("div", { class: "day", "data-testid": "day" }, el("span", { text: dayLabel(message.date) })));
    return days.get(key);
  }

  log.addEventListener("scroll", onScroll, { passive: true });
  // Pictures arriving late and the panel opening below change the height: who was at the bottom stays there.
  const watch = new ResizeObserver(() => atBottom && toBottom());
  watch.observe(list);
  watch.observe(log);
  return { node: el("div", { class: "log-area" }, log, chip), draw, clear };
}

function sameDay(a, b) {
  return Boolean(a && b) && dayKey(a.date) === dayKey(b.date);
}

function sameRun(a, b) {
  if (!sameDay(a, b) || serviceText(a) || serviceText(b)) return false;
  return a.from?.id === b.from?.id && Math.abs(b.date - a.date) < RUN_SECONDS;
}
