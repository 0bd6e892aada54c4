// Formatted text as nodes. Entities count UTF-16 units, as JavaScript strings do.

import { el } from "./dom.js";
import { say } from "./words.js";

const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};
const SAFE_ADDRESS = /^(https?|tg|mailto|tel):/i;

/** The nodes of `text`. `onLink(address)` and `onCommand(text)` are called when such a part is clicked. */
export function formatted(text, entities = [], { onLink, onCommand } = {}) {
  const ordered = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return nodesBetween(text, ordered, 0, text.length, { onLink, onCommand });
}

function nodesBetween(text, entities, start, end, handlers) {
  const nodes = [];
  let at = start;
  let index = 0;
  while (index < entities.length) {
    const entity = entities[index];
    const from = Math.max(entity.offset, at);
    const to = Math.min(entity.offset + entity.length, end);
    index += 1;
    if (from >= to) continue;
    if (from > at) nodes.push(text.slice(at, from));
    const inside = [];
    while (index < entities.length && entities[index].offset < to) inside.push(entities[index++]);
    nodes.push(wrap(entity, text.slice(from, to), nodesBetween(text, inside, from, to, handlers), handlers));
    at = to;
  }
  if (at < end) nodes.push(text.slice(at, end));
  return nodes;
}

function wrap(entity, plain, children, handlers) {
  switch (entity.type) {
    case "pre":
      return el("pre", { data: { language: entity.language ?? "" } }, el("code", {}, ...children));
    case "spoiler":
      return spoiler(children);
    case "expandable_blockquote":
      return expandable(children);
    case "text_link":
      return link(entity.url, children, handlers);
    case "url":
      return link(/^[a-z]+:/i.test(plain) ? plain : `https://${plain}`, children, handlers);
    case "email":
      return link(`mailto:${plain}`, children, handlers);
    case "phone_number":
      return link(`tel:${plain.replace(/\s/g, "")}`, children, handlers);
    case "bot_command":
      return command(plain, children, handlers);
    case "mention":
    case "text_mention":
    case "hashtag":
    case "cashtag":
      return el("span", { class: "mention" }, ...children);
    default:
      return el(TAGS[entity.type] ?? "span", {}, ...children);
  }
}

function link(address, children, { onLink }) {
  if (!SAFE_ADDRESS.test(address)) return el("span", {}, ...children);
  const open = (event) => {
    event.preventDefault();
    onLink?.(address);
  };
  return el("a", { href: address, rel: "noopener noreferrer", target: "_blank", on: { click: open } }, ...children);
}

function command(plain, children, { onCommand }) {
  const send = () => onCommand?.(plain);
  return asButton(el("span", { class: "command", on: { click: send } }, ...children), send);
}

function spoiler(children) {
  const node = el("span", { class: "spoiler", "aria-label": say("reveal") }, ...children);
  const reveal = () => {
    node.classList.add("revealed");
    node.removeAttribute("aria-label");
  };
  node.addEventListener("click", reveal);
  return asButton(node, reveal);
}

function expandable(children) {
  const quote = el("blockquote", { class: "expandable" }, ...children);
  const toggle = () => quote.classList.toggle("expanded");
  quote.addEventListener("click", toggle);
  return asButton(quote, toggle);
}

/** Long text in a real button cannot wrap within a line, so these few take the role and the keys of one. */
function asButton(node, run) {
  node.setAttribute("role", "button");
  node.tabIndex = 0;
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    run();
  });
  return node;
}
