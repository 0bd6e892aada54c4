// The sandbox's HTTP contract (docs/sandbox.md), as functions.

/** The server said no; the message is its one clear sentence. */
export class Refused extends Error {}

async function read(response) {
  let body = {};
  try {
    body = await response.json();
  } catch {
    // A body that is not JSON is a broken server; the status says enough.
  }
  if (!response.ok || body.ok === false) throw new Refused(body.description || `HTTP ${response.status}`);
  return body;
}

export async function loadState() {
  return read(await fetch("/sandbox/state", { cache: "no-store" }));
}

export async function loadMessages({ chatId, personId, before, limit }) {
  const query = new URLSearchParams({ chat_id: chatId, person_id: personId, limit });
  if (before) query.set("before", before);
  const body = await read(await fetch(`/sandbox/messages?${query}`, { cache: "no-store" }));
  return body.result;
}

/** One thing a person does. With a file it travels as multipart, otherwise as JSON. */
export async function act(personId, chatId, action, fields = {}, file = null) {
  const facts = { person_id: personId, chat_id: chatId, action, ...fields };
  let request;
  if (file) {
    const form = new FormData();
    for (const [name, value] of Object.entries(facts)) if (value !== undefined) form.append(name, value);
    form.append("file", file, file.name);
    request = { method: "POST", body: form };
  } else {
    request = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(facts) };
  }
  const body = await read(await fetch("/sandbox/act", request));
  return body.result;
}

export function fileAddress(fileId) {
  return `/sandbox/file/${encodeURIComponent(fileId)}`;
}
