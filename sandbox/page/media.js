// What a message can carry besides text.

import { fileAddress } from "./api.js";
import { pictureDialog } from "./dialogs.js";
import { el, icon, iconButton } from "./dom.js";
import { personName, portrait } from "./names.js";
import { pollCard } from "./poll.js";
import { duration } from "./time.js";
import { say } from "./words.js";

const LARGEST_PHOTO = 320;

/** The message's media as nodes; none for plain text. */
export function mediaOf(message) {
  for (const [kind, draw] of Object.entries(KINDS)) if (message[kind]) return draw(message[kind], message);
  return null;
}

function photo(sizes, message) {
  const size = sizes.at(-1);
  const address = fileAddress(size.file_id);
  const alt = message.caption || say("photo");
  const image = el("img", { src: address, alt, loading: "lazy" });
  if (size.width && size.height) {
    // Known measures keep the place free, so that nothing jumps when the picture arrives.
    const shrink = Math.min(1, LARGEST_PHOTO / Math.max(size.width, size.height));
    image.width = Math.max(120, Math.round(size.width * shrink));
    image.style.aspectRatio = `${size.width} / ${size.height}`;
  }
  return el("button", { type: "button", class: "photo", "aria-label": alt, on: { click: () => pictureDialog(address, alt) } }, image);
}

function size(bytes) {
  if (!bytes) return "";
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function card(kind, title, more, props = {}) {
  const tag = props.href ? "a" : "div";
  return el(tag, { class: `card ${kind}`, ...props },
    el("span", { class: "card-icon" }, icon(kind)),
    el("span", { class: "card-words" }, el("span", { class: "card-title", text: title }), el("small", { text: more })));
}

function documentCard(file) {
  const name = file.file_name || say("document");
  return card("document", name, size(file.file_size) || say("download"), { href: fileAddress(file.file_id), download: name });
}

function voice(sound) {
  const audio = new Audio();
  audio.preload = "none";
  audio.src = fileAddress(sound.file_id);
  const bar = el("progress", { max: "1", value: "0", "aria-label": say("voice") });
  const time = el("small", { text: duration(sound.duration ?? 0) });
  const toggle = iconButton("play", say("play"), () => (audio.paused ? audio.play().catch(() => {}) : audio.pause()));
  const show = (name) => {
    toggle.replaceChildren(icon(name));
    toggle.setAttribute("aria-label", say(name));
  };
  audio.addEventListener("play", () => show("pause"));
  audio.addEventListener("pause", () => show("play"));
  audio.addEventListener("timeupdate", () => {
    bar.value = audio.duration ? audio.currentTime / audio.duration : 0;
    time.textContent = duration(audio.currentTime);
  });
  return el("div", { class: "card voice" }, toggle, bar, time);
}

function video(file) {
  return el("video", { class: "video", src: fileAddress(file.file_id), controls: true, preload: "metadata", "aria-label": say("video") });
}

function sticker(file) {
  const image = el("img", { class: "sticker", src: fileAddress(file.file_id), alt: file.emoji || say("sticker"), loading: "lazy" });
  // Animated stickers are no pictures to a browser: their emoji stands for them.
  image.addEventListener("error", () => image.replaceWith(el("span", { class: "sticker-emoji", text: file.emoji || "🙂" })), { once: true });
  return image;
}

function location(place, message) {
  const coordinates = `${place.latitude.toFixed(5)}, ${place.longitude.toFixed(5)}`;
  const title = message.venue?.title ?? say("location");
  const more = message.venue ? message.venue.address : coordinates;
  return el("figure", { class: "place", title: coordinates },
    el("div", { class: "map", "aria-hidden": "true" }, icon("location")),
    el("figcaption", {}, el("span", { class: "card-title", text: title }), el("small", { text: more })));
}

function contact(person) {
  const name = personName(person);
  return el("div", { class: "card contact" }, portrait(name, person.user_id ?? 0),
    el("span", { class: "card-words" }, el("span", { class: "card-title", text: name }), el("small", { text: person.phone_number })));
}

const KINDS = {
  photo, voice, video, animation: video, video_note: video, audio: voice,
  document: documentCard, sticker, location, contact, poll: pollCard,
  dice: (dice) => el("span", { class: "sticker-emoji", text: `${dice.emoji} ${dice.value}` }),
};
