// Everything one can send besides text.

import { formDialog, openMenu, orToast } from "./dialogs.js";
import { el } from "./dom.js";
import { personName } from "./names.js";
import { store } from "./store.js";
import { say } from "./words.js";

// The made-up county's main square.
const DEFAULT_PLACE = { latitude: 30.27415, longitude: 120.15515 };

const FILES = [
  { action: "photo", icon: "photo", accept: "image/*" },
  { action: "document", icon: "document", accept: "" },
  { action: "voice", icon: "voice", accept: "audio/*" },
  { action: "sticker", icon: "sticker", accept: "image/webp,image/png" },
];

/** The attach menu with its hidden file inputs (a test sets files on them directly). */
export function attachments() {
  const inputs = Object.fromEntries(FILES.map(({ action, accept }) => [action, fileInput(action, accept)]));
  const open = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    openMenu(box.left, box.top - 290, [
      ...FILES.map(({ action, icon }) => ({ icon, label: say(action), run: () => inputs[action].click() })),
      { icon: "location", label: say("location"), run: sendLocation },
      { icon: "contact", label: say("contact"), run: sendContact },
    ]);
  };
  return { open, inputs: Object.values(inputs) };
}

/** The menu of the bot's commands, as it told them to Telegram. */
export function openCommands(event) {
  const box = event.currentTarget.getBoundingClientRect();
  openMenu(box.left, box.top - 44 * store.commands.length - 20, store.commands.map(({ command, description }) => (
    { icon: "command", label: `/${command}`, note: description, run: () => orToast(store.act("text", { text: `/${command}` })) })));
}

function fileInput(action, accept) {
  const input = el("input", { type: "file", accept, hidden: true, "data-testid": `file-${action}`, tabindex: "-1", "aria-label": say(action) });
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (file) await sendFile(action, file);
    input.value = "";
  });
  return input;
}

/** Shows the file once more, asks for a caption where there can be one, and sends it. */
export async function sendFile(action, file) {
  if (action === "sticker" || action === "voice") return orToast(store.act(action, {}, file));
  const picture = action === "photo" ? URL.createObjectURL(file) : null;
  const above = picture ? el("img", { class: "preview", src: picture, alt: file.name }) : el("p", { class: "dialog-text", text: file.name });
  const answer = await formDialog(say(action), [{ name: "caption", label: say("caption") }], say("send"), above);
  if (picture) URL.revokeObjectURL(picture);
  if (!answer) return undefined;
  return orToast(store.act(action, answer.caption ? { caption: answer.caption } : {}, file));
}

export async function sendLocation() {
  const answer = await formDialog(say("location"), [
    { name: "latitude", label: say("latitude"), value: DEFAULT_PLACE.latitude, type: "number" },
    { name: "longitude", label: say("longitude"), value: DEFAULT_PLACE.longitude, type: "number" },
  ], say("send"));
  if (answer) await orToast(store.act("location", { latitude: Number(answer.latitude), longitude: Number(answer.longitude) }));
}

export async function sendContact() {
  const answer = await formDialog(say("contact"), [
    { name: "first_name", label: say("name"), value: personName(store.person.user) },
    { name: "phone_number", label: say("phone"), value: "13800000000", type: "tel" },
  ], say("send"));
  if (answer) await orToast(store.act("contact", answer));
}
