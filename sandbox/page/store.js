// What the page knows: the county, who one is, the open chat. Views listen to its topics and draw themselves.

import { act, loadMessages } from "./api.js";
import { whenLifted } from "./dom.js";

const PAGE_OF_MESSAGES = 50;
const TYPING_LASTS = 6000;
const PREVIEWS_AT_ONCE = 30;

class Store extends EventTarget {
  bot = null;
  commands = [];
  people = new Map();
  groups = new Map();
  me = null;
  chatId = null;
  thread = null;
  previews = new Map();
  typingUntil = new Map();
  // The Bot API's Poll does not say how one voted oneself, so the page remembers.
  myVotes = new Map();

  tell(topic, detail = {}) {
    whenLifted(() => this.dispatchEvent(new CustomEvent(topic, { detail })));
  }

  listen(topics, listener) {
    for (const topic of topics) this.addEventListener(topic, (event) => listener(event.detail));
  }

  get person() {
    return this.people.get(this.me) ?? null;
  }

  chat(chatId) {
    if (this.people.has(chatId)) return { id: chatId, type: "private", members: [chatId] };
    return this.groups.get(chatId) ?? null;
  }

  /** The chats of the current person: the bot first, then groups with the latest on top. */
  myChats() {
    if (!this.person) return [];
    const groups = [...this.groups.values()].filter((chat) => chat.members.includes(this.me));
    const latest = (chat) => this.previews.get(chat.id)?.date ?? 0;
    groups.sort((a, b) => latest(b) - latest(a));
    return [this.chat(this.me), ...groups];
  }

  unread(personId, chatId) {
    return this.people.get(personId)?.unread?.[chatId] ?? 0;
  }

  unreadOf(person) {
    return Object.values(person.unread ?? {}).reduce((sum, count) => sum + count, 0);
  }

  /** The reply keyboard now shown to the current person in the open chat, or null. */
  keyboard() {
    return this.person?.keyboards?.[this.chatId] ?? null;
  }

  /** Takes a whole fresh state; what is open stays open where it still exists. */
  async takeState(state) {
    this.bot = state.bot;
    this.commands = state.commands ?? [];
    this.people = new Map(state.people.map((person) => [person.user.id, person]));
    this.groups = new Map(state.chats.filter((chat) => chat.type !== "private").map((chat) => [chat.id, chat]));
    if (!this.people.has(this.me)) this.me = null;
    if (!this.me || !this.chat(this.chatId)) this.chatId = null;
    this.tell("reset");
    if (this.me) await Promise.all([this.#loadPreviews(), this.chatId ? this.openChat(this.chatId) : null]);
  }

  async be(personId) {
    this.me = personId;
    this.chatId = null;
    this.thread = null;
    this.previews = new Map();
    this.tell("me");
    await this.#loadPreviews();
  }

  async openChat(chatId) {
    this.chatId = chatId;
    this.thread = { messages: new Map(), complete: false, loading: false };
    this.tell("chat-opened");
    await this.loadOlder();
    this.markRead();
  }

  closeChat() {
    this.chatId = null;
    this.thread = null;
    this.tell("chat-opened");
  }

  /** The open chat's messages, oldest first. */
  messages() {
    return [...(this.thread?.messages.values() ?? [])].sort((a, b) => a.message_id - b.message_id);
  }

  async loadOlder() {
    const thread = this.thread;
    if (!thread || thread.loading || thread.complete) return;
    thread.loading = true;
    try {
      const before = this.messages()[0]?.message_id;
      const older = await loadMessages({ chatId: this.chatId, personId: this.me, before, limit: PAGE_OF_MESSAGES });
      // An event may have brought a newer shape of a message while we waited: that one stays.
      for (const message of older) if (!thread.messages.has(message.message_id)) thread.messages.set(message.message_id, message);
      thread.complete = older.length < PAGE_OF_MESSAGES;
      thread.loaded = true;
    } finally {
      thread.loading = false;
    }
    if (thread === this.thread) this.tell("messages", { older: true });
  }

  async #loadPreviews() {
    const me = this.me;
    const chats = this.myChats().slice(0, PREVIEWS_AT_ONCE);
    await Promise.all(chats.map(async (chat) => {
      const [last] = await loadMessages({ chatId: chat.id, personId: me, limit: 1 }).catch(() => []);
      if (me === this.me && last) this.previews.set(chat.id, last);
    }));
    if (me === this.me) this.tell("previews");
  }

  /** The current person does something in the open chat. */
  async act(action, fields = {}, file = null, chatId = this.chatId) {
    return act(this.me, chatId, action, fields, file);
  }

  /** Tells the server that the open chat is being looked at. */
  markRead() {
    if (!this.chatId || document.hidden || !this.unread(this.me, this.chatId)) return;
    this.setUnread(this.me, this.chatId, 0);
    act(this.me, this.chatId, "read").catch(() => {});
  }

  setUnread(personId, chatId, count) {
    const person = this.people.get(personId);
    if (!person) return;
    person.unread = { ...person.unread, [chatId]: count };
    this.tell("unread", { personId, chatId });
  }

  takePerson(person) {
    const isNew = !this.people.has(person.user.id);
    this.people.set(person.user.id, person);
    this.tell(isNew ? "newcomer" : "person", { personId: person.user.id });
  }

  /** A group appeared or changed: its title, its members, whether the bot is in it. */
  takeChat(chat) {
    if (chat.type === "private") return;
    this.groups.set(chat.id, chat);
    if (chat.id === this.chatId && !chat.members.includes(this.me)) this.closeChat();
    this.tell("groups");
  }

  /** A new message: unread for everybody but its sender, and read at once where it is being looked at. */
  takeMessage(message, forPeople) {
    const chatId = message.chat.id;
    for (const personId of forPeople) {
      if (personId !== message.from?.id) this.setUnread(personId, chatId, this.unread(personId, chatId) + 1);
    }
    if (!forPeople.includes(this.me)) return;
    this.previews.set(chatId, message);
    this.typingUntil.delete(chatId);
    if (chatId === this.chatId) {
      this.thread.messages.set(message.message_id, message);
      this.tell("messages", { added: message });
      this.markRead();
    }
    this.tell("previews");
    this.tell("typing");
  }

  changeMessage(message) {
    if (message.chat.id === this.chatId && this.thread.messages.has(message.message_id)) {
      this.thread.messages.set(message.message_id, message);
      this.tell("messages");
    }
    if (this.previews.get(message.chat.id)?.message_id === message.message_id) {
      this.previews.set(message.chat.id, message);
      this.tell("previews");
    }
  }

  dropMessage(chatId, messageId) {
    if (chatId === this.chatId && this.thread.messages.delete(messageId)) this.tell("messages");
    if (this.previews.get(chatId)?.message_id === messageId) this.#loadPreviews();
  }

  setTyping(chatId) {
    this.typingUntil.set(chatId, Date.now() + TYPING_LASTS);
    this.tell("typing");
    setTimeout(() => this.tell("typing"), TYPING_LASTS + 50);
  }

  isTyping(chatId) {
    return (this.typingUntil.get(chatId) ?? 0) > Date.now();
  }
}

export const store = new Store();
