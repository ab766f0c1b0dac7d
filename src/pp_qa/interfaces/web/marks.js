// Runs once, with the conversation as `element`. Shows what was said of quotes, and tells the server
// what is said.
const saidOf = new Map();
const markedAt = (button) => `${button.closest(".turn").dataset.answer}:${button.dataset.number}`;

const showMarks = () =>
  element.querySelectorAll("button.mark").forEach((button) =>
    button.setAttribute("aria-pressed", saidOf.get(markedAt(button)) === button.dataset.mark),
  );

const sayOf = async (button) => {
  tellBeside(button, "");
  const before = saidOf.get(markedAt(button)) ?? "";
  const now = before === button.dataset.mark ? "" : button.dataset.mark;
  const [answer, number] = markedAt(button).split(":");
  saidOf.set(`${answer}:${number}`, now);
  showMarks();
  const body = JSON.stringify({ answer, number: Number(number), mark: now });
  const headers = { "Content-Type": "application/json" };
  const reply = await fetch("/page/marks", { method: "POST", headers, body }).catch(() => null);
  if (reply?.ok) return;
  saidOf.set(`${answer}:${number}`, before);
  showMarks();
  tellBeside(button, "This couldn’t be kept.");
};

// Before the conversation opens the quote whose card this is.
window.addEventListener("click", (event) => {
  const button = event.target.closest?.("#conversation button.mark");
  if (!button) return;
  event.stopPropagation();
  sayOf(button);
}, true);

// The conversation is made anew with each answer.
new MutationObserver(showMarks).observe(element, { childList: true, subtree: true });
const recallMarks = async () => {
  const reply = await fetch("/page/marks");
  if (!reply.ok) return;
  Object.entries(await reply.json()).forEach(([where, mark]) => saidOf.set(where, mark));
  showMarks();
};
recallMarks().catch(() => {}); // the next question says what is wrong
