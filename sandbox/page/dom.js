// The only place where elements are made. Text always becomes a text node, never markup.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  back: "M15 5l-7 7 7 7",
  send: "M4 12l16-8-5 16-3-6.5zM12 13.5L20 4",
  clip: "M19 11l-7.5 7.5a4.6 4.6 0 01-6.5-6.5L13 4a3.1 3.1 0 014.4 4.4l-7.8 7.8a1.5 1.5 0 01-2.2-2.2L14 7.4",
  keyboard: "M3 7h18v11H3zM7 11h.01M11 11h.01M15 11h.01M17.5 11h.01M8 14.5h8",
  command: "M14.5 5l-5 14",
  down: "M6 9l6 6 6-6",
  dots: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  search: "M10.5 17a6.5 6.5 0 100-13 6.5 6.5 0 000 13zM20 20l-4.8-4.8",
  close: "M6 6l12 12M18 6L6 18",
  check: "M5 12.5l4.5 4.5L19 7.5",
  photo: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9h.01",
  document: "M7 3h7l4 4v14H7zM14 3v4h4",
  voice: "M12 3a3 3 0 013 3v5a3 3 0 01-6 0V6a3 3 0 013-3zM6 11a6 6 0 0012 0M12 17v4",
  sticker: "M5 5h14v9l-5 5H5zM14 19v-5h5M9 9.5h.01M14 9.5h.01M9 13c1 1 3 1 4 0",
  location: "M12 21c4.5-5 6.5-8.3 6.5-11a6.5 6.5 0 10-13 0c0 2.7 2 6 6.5 11zM12 12.2a2.2 2.2 0 100-4.4 2.2 2.2 0 000 4.4z",
  contact: "M12 12a4 4 0 100-8 4 4 0 000 8zM4.5 20.5c.8-4 4-5.5 7.5-5.5s6.7 1.5 7.5 5.5",
  play: "M8 5.5l10 6.5-10 6.5z",
  pause: "M8.5 6v12M15.5 6v12",
  reply: "M10 6L4 12l6 6M4.5 12H14c3.5 0 6 2 6 6",
  edit: "M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19z",
  copy: "M8 8h11v12H8zM5 16V4h11",
  remove: "M5 7h14M9 7V4.5h6V7M7 7l1 13h8l1-13",
  forward: "M14 6l6 6-6 6M19.5 12H10c-3.5 0-6 2-6 6",
  link: "M8 16L16.5 7.5M10 7h7v7",
  block: "M12 21a9 9 0 100-18 9 9 0 000 18zM6 6l12 12",
  leave: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
  group: "M9 11.5a3.5 3.5 0 100-7 3.5 3.5 0 000 7zM3 19.5c.5-3.5 3-5 6-5s5.5 1.5 6 5M16 5a3.3 3.3 0 010 6.3M17.5 14.8c2 .6 3.2 2.2 3.5 4.7",
};

/** An element: `on` takes listeners, `data` takes data-attributes, `text` is text, the rest are attributes. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name === "on") for (const [type, listener] of Object.entries(value)) node.addEventListener(type, listener);
    else if (name === "data") Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A real button showing only an icon; its label is for screen readers and as a tooltip. */
export function iconButton(name, label, onClick, props = {}) {
  return el("button", { type: "button", class: "icon-button", "aria-label": label, title: label, on: { click: onClick }, ...props }, icon(name));
}

/** Makes `parent` hold exactly `nodes`, moving as little as possible so that focus and playback survive. */
export function reconcile(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove();
  let cursor = parent.firstChild;
  for (const node of nodes) {
    if (node === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(node, cursor);
  }
}

/** Calls of one moment become a single one: a message to a large group changes hundreds of counts at once. */
export function soon(run) {
  let timer = 0;
  return () => {
    timer ||= setTimeout(() => {
      timer = 0;
      whenLifted(run);
    }, 50);
  };
}

// Whoever presses what is drawn anew before she lets go has pressed nothing: the browser sees two different buttons.
// So what is seen stands still under a finger, and catches up when it is lifted.
let waiting = null;

function lift() {
  const runs = waiting ?? [];
  waiting = null;
  // After the click, which the browser sends right behind this.
  setTimeout(() => runs.forEach((run) => run()));
}

/** Draws now, or when the finger is lifted that is on the page. */
export function whenLifted(run) {
  if (waiting) waiting.push(run);
  else run();
}

addEventListener("pointerdown", () => { waiting ??= []; }, { capture: true });
for (const type of ["pointerup", "pointercancel"]) addEventListener(type, lift, { capture: true });
// A button let go outside of the window is only noticed when the mouse comes back.
addEventListener("pointermove", (event) => event.buttons === 0 && waiting && lift(), { capture: true });
