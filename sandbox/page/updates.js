// One live event -> what changes in the store. The event kinds are those of docs/sandbox.md.

import { store } from "./store.js";

const HANDLERS = {
  message: (event, forPeople) => store.takeMessage(event.message, forPeople),
  edited: (event, forPeople) => forPeople.includes(store.me) && store.changeMessage(event.message),
  deleted: (event, forPeople) => forPeople.includes(store.me) && store.dropMessage(event.chat_id, event.message_id),
  keyboard: (event, forPeople) => {
    for (const id of forPeople) {
      const person = store.people.get(id);
      if (person) person.keyboards = { ...person.keyboards, [event.chat_id]: event.keyboard };
    }
    if (forPeople.includes(store.me) && event.chat_id === store.chatId) store.tell("keyboard", { fresh: true });
  },
  answer: (event, forPeople) => forPeople.includes(store.me) && store.tell("answer", event),
  typing: (event, forPeople) => forPeople.includes(store.me) && store.setTyping(event.chat_id),
  read: (event, forPeople) => forPeople.forEach((id) => store.setUnread(id, event.chat_id, 0)),
  person: (event) => store.takePerson(event.person),
  chat: (event) => store.takeChat(event.chat),
};

/** Applies one event. A kind unknown here is from a newer server and is left alone. */
export function applyEvent(event) {
  HANDLERS[event.type]?.(event, event.for ?? []);
}
