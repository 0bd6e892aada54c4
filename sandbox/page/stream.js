// The live stream of events. Every (re)connection begins with the whole state, so that nothing missed can matter.

import { loadState } from "./api.js";

const FIRST_WAIT = 400;
const LONGEST_WAIT = 5000;

export class Stream {
  #seq = 0;
  #wait = FIRST_WAIT;
  #source = null;

  constructor({ onState, onEvent, onOnline }) {
    this.onState = onState;
    this.onEvent = onEvent;
    this.onOnline = onOnline;
  }

  async connect() {
    let state;
    try {
      state = await loadState();
    } catch {
      this.#again();
      return;
    }
    this.#seq = state.seq;
    this.onState(state);
    this.#source = new EventSource(`/sandbox/events?since=${state.seq}`);
    this.#source.onopen = () => {
      this.#wait = FIRST_WAIT;
      this.onOnline(true);
    };
    this.#source.onmessage = (message) => this.#receive(JSON.parse(message.data));
    // EventSource would reconnect by itself, but a restarted server counts from the start again: only a fresh state helps.
    this.#source.onerror = () => this.#again();
  }

  #receive(event) {
    const missed = event.type === "reset" || event.seq > this.#seq + 1;
    if (missed) this.#again();
    if (missed || event.seq <= this.#seq) return;
    this.#seq = event.seq;
    this.onEvent(event);
  }

  #again() {
    this.#source?.close();
    this.#source = null;
    this.onOnline(false);
    setTimeout(() => this.connect(), this.#wait);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }
}
