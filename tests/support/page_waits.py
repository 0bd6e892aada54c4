"""What a test waits for on the chat page, noticed there at once."""

# Resolves as soon as it is so, where Playwright would look again after half a second; or when the time is over.
WHEN = """([condition, facts, patience]) => new Promise(resolve => {
  const plain = node => node.textContent.replace(/\\s+/g, " ").trim().toLowerCase();
  const saying = (id, words) => [...document.querySelectorAll(`[data-testid="${id}"]`)]
    .filter(node => words.every(word => plain(node).includes(word.replace(/\\s+/g, " ").trim().toLowerCase())));
  const conditions = {
    there: ([id, ...words]) => saying(id, words).length > 0,
    gone: ([id, ...words]) => saying(id, words).length === 0,
    newer: ([newest]) => ([...document.querySelectorAll(".row.mine")].at(-1)?.dataset.messageId ?? newest) !== newest,
  };
  const look = () => conditions[condition](facts) && done();
  const watch = new MutationObserver(look);
  const timer = setTimeout(() => done(), patience);
  const done = () => { watch.disconnect(); clearTimeout(timer); resolve(); };
  watch.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  look();
})"""
