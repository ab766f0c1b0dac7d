// Runs once, after asking.js, with Gradio's `element`, `trigger` and `watch`. The server makes all
// HTML; this only reports clicks and moves what changed into view.
const copy = (button) => copyFrom(button, button.dataset.text);

const link = (button) => copyFrom(button, location.origin + button.dataset.text);

const again = (button, question) =>
  ask(question, {
    alone: button.dataset.alone === "true",
    insteadOf: Number(button.dataset.turn),
  });

const edit = (button) => {
  const turn = button.closest(".turn");
  const after = element.querySelectorAll(`.turn[data-turn="${button.dataset.turn}"] ~ .turn`).length;
  const note = after ? `What follows it will be removed: ${after} more.` : "";
  openForm(turn.querySelector(".asked"), button, "Question", note, (q) => again(button, q));
};

const change = (button) => {
  const line = button.closest(".understood");
  openForm(line, button, "Search for", "It is asked as it stands, as a question of its own.", (q) =>
    ask(q, { alone: true }),
  );
};

// What is done here with an exchange; any other action is the event of its name, told the server.
const actions = { copy, link, edit, change, repeat, retry: (button) => again(button, button.dataset.text) };

// Gradio repeats a deferred call with the values of the one before: so they are one object.
const chosen = {};
const openQuote = (chip) => {
  element.dataset.moved = "by hand";
  // What is open already will not change, so nothing would tell the source to show it.
  if (chip.hasAttribute("aria-current")) window.dispatchEvent(new Event("quote-wanted"));
  const { turn, number } = chip.dataset;
  window.dispatchEvent(new CustomEvent("quote-asked", { detail: { turn, number } }));
  window.dispatchEvent(new CustomEvent("source-asked", { detail: `Quote ${number}` }));
  trigger("click", Object.assign(chosen, { turn: Number(turn), number: Number(number), shown: shown() }));
};

// What was opened stays open when the conversation is made anew.
const opened = new Set();
const nameOf = (details) => {
  const { run } = details.closest(".turn").dataset;
  return `${run}/${details.closest(".card").querySelector(".chip").dataset.number}`;
};
const reopen = () => {
  for (const details of element.querySelectorAll(".why")) details.open = opened.has(nameOf(details));
};
element.addEventListener(
  "toggle",
  ({ target }) =>
    target.matches(".why") && opened[target.open ? "add" : "delete"](nameOf(target)),
  true,
);

element.addEventListener("click", (event) => {
  const example = event.target.closest("button.example");
  if (example) return ask(example.dataset.question);
  if (event.target.closest("button.add")) return window.dispatchEvent(new Event("add-files"));
  const action = event.target.closest("button.action");
  if (action) {
    const { action: name, turn } = action.dataset;
    return name in actions ? actions[name](action) : trigger(name, { turn: Number(turn) });
  }
  if (event.target.closest(".why")) return;
  const card = event.target.closest(".card");
  const selecting = String(window.getSelection()) !== "";
  if (card && (event.target.closest("button") || !selecting)) openQuote(card.querySelector(".chip"));
});

watch("value", () => {
  closeForm();
  reopen();
  const turns = element.querySelectorAll("article.turn");
  const last = turns[turns.length - 1];
  const there = arrived(last) || last?.dataset.turn === element.dataset.last;
  // The newest question goes to the top, so that its first quote is seen.
  if (last && !there && !running) last.scrollIntoView({ block: "start" });
  element.dataset.last = last?.dataset.turn ?? "";
  // Making the HTML anew took the mark from the number of the quote that is open.
  window.dispatchEvent(new Event("quote-wanted"));
});
