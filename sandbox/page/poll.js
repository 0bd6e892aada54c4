// Native polls: choosing, and the results afterwards.

import { orToast } from "./dialogs.js";
import { el, icon } from "./dom.js";
import { store } from "./store.js";
import { say } from "./words.js";

const voteKey = (poll) => `${store.me}:${poll.id}`;

export function pollCard(poll, message) {
  const mine = store.myVotes.get(voteKey(poll)) ?? [];
  const showsResults = poll.is_closed || mine.length > 0;
  const kind = poll.is_closed ? "pollClosed" : poll.type === "quiz" ? "quiz" : poll.is_anonymous ? "pollAnonymous" : "pollPublic";
  const send = async (optionIds) => {
    const done = await orToast(store.act("vote", { message_id: message.message_id, option_ids: optionIds }));
    if (done === undefined) return;
    store.myVotes.set(voteKey(poll), optionIds);
    // The new counts come as an edit; what I chose is known only here, so the bubble is drawn anew.
    store.changeMessage({ ...message, poll: { ...poll, ...done } });
  };
  return el("div", { class: "poll", "data-testid": "poll" },
    el("p", { class: "poll-question", text: poll.question }),
    el("small", { text: say(kind) }),
    ...(showsResults ? results(poll, mine) : choices(poll, send)),
    el("div", { class: "poll-foot" },
      el("small", { text: say("votes", { n: poll.total_voter_count }) }),
      mine.length && !poll.is_closed ? el("button", { type: "button", class: "text-button", text: say("retract"), on: { click: () => send([]) } }) : null));
}

function choices(poll, send) {
  if (!poll.allows_multiple_answers) {
    return poll.options.map((option, index) =>
      el("button", { type: "button", class: "poll-option", text: option.text, on: { click: () => send([index]) } }));
  }
  const boxes = poll.options.map((option) => el("input", { type: "checkbox", "aria-label": option.text }));
  const chosen = () => boxes.flatMap((box, index) => (box.checked ? [index] : []));
  return [
    ...poll.options.map((option, index) => el("label", { class: "poll-option" }, boxes[index], option.text)),
    el("button", { type: "button", class: "button main", text: say("vote"), on: { click: () => chosen().length && send(chosen()) } }),
  ];
}

function results(poll, mine) {
  return poll.options.map((option, index) => {
    const share = poll.total_voter_count ? option.voter_count / poll.total_voter_count : 0;
    return el("div", { class: "poll-result" },
      el("span", { class: "poll-line" },
        el("span", { class: "poll-share", text: `${Math.round(share * 100)}%` }),
        el("span", { text: option.text }),
        mine.includes(index) ? icon("check") : null),
      el("progress", { max: "1", value: String(share), "aria-label": `${option.text} ${say("votes", { n: option.voter_count })}` }));
  });
}
