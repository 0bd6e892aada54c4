// The page's beginning: puts the three panes together, opens what the address asks for, and listens.

import { mountChats } from "./chats.js";
import { mountConversation } from "./conversation.js";
import { el } from "./dom.js";
import { asked, remember, startBot } from "./links.js";
import { mountPeople } from "./people.js";
import { store } from "./store.js";
import { Stream } from "./stream.js";
import { applyEvent } from "./updates.js";
import { currentLanguage, say } from "./words.js";

const wideEnough = matchMedia("(min-width: 800px)");
const wanted = asked();
let pendingStart = wanted.start;

// On a small screen one pane is seen at a time; the style sheet does the hiding.
function show(pane) {
  document.body.dataset.pane = pane;
}

async function choosePerson(personId) {
  show("chats");
  const known = store.be(personId);
  if (pendingStart !== null) {
    const code = pendingStart;
    pendingStart = null;
    await startBot(code);
  } else if (wideEnough.matches) {
    await store.openChat(personId);
  }
  await known;
}

function start() {
  const byId = (id) => document.getElementById(id);
  mountPeople(byId("people"), { onChoose: choosePerson });
  mountChats(byId("chats"), { onChoose: (chatId) => store.openChat(chatId), onBack: () => show("people") });
  mountConversation(byId("conversation"), {
    onBack: () => {
      show("chats");
      store.closeChat();
    },
    pendingStart: () => pendingStart !== null,
  });
  store.listen(["chat-opened"], () => store.chatId !== null && show("conversation"));
  store.listen(["me", "chat-opened"], remember);
  store.listen(["language"], nameLanguage);
  document.addEventListener("visibilitychange", () => store.markRead());
  nameLanguage();
  listen();
}

function nameLanguage() {
  document.documentElement.lang = currentLanguage() === "zh" ? "zh-CN" : "en";
  document.title = say("title");
}

async function openWanted() {
  if (!store.people.has(wanted.person)) return;
  await choosePerson(wanted.person);
  if (wanted.chat && wanted.start === null && store.chat(wanted.chat)) await store.openChat(wanted.chat);
}

function listen() {
  const offline = el("div", { class: "offline", role: "status", "data-testid": "offline", hidden: true });
  document.body.append(offline);
  let first = true;
  const stream = new Stream({
    onState: async (state) => {
      await store.takeState(state).catch(() => {});
      if (first) {
        first = false;
        await openWanted();
      }
    },
    onEvent: applyEvent,
    onOnline: (online) => {
      offline.hidden = online;
      offline.textContent = say("offline");
      document.body.dataset.online = String(online);
    },
  });
  stream.connect();
}

start();
