// Runs once, after `copying.js`, `leaves.js`, `sheets.js`, `following.js`, `finding.js` and `opening.js`, with Gradio's `element` and `watch`. Brings the mark into view,
// marks the number of the open quote in the conversation, steps between quotes, and copies.
let unseen = false; // whether a quote was opened while another tab was in front
const settle = () => {
  const open = element.querySelector(".source");
  document.querySelectorAll(".chip[aria-current]").forEach((c) => c.removeAttribute("aria-current"));
  if (!open) return;
  if (open.dataset.turn) point(open);
  const chosen = document.querySelector("#conversation [data-moved]");
  if (!chosen) return;
  chosen.removeAttribute("data-moved");
  chipOf(open.dataset)?.closest(".card").scrollIntoView({ block: "nearest" });
  window.dispatchEvent(new CustomEvent("pane-wanted", { detail: "source" }));
  if (open.dataset.turn) goOn(open);
};

const point = (open) => {
  if (String(wanted.number) === open.dataset.number) wanted = { until: 0 };
  chipOf(open.dataset)?.setAttribute("aria-current", "true");
  const text = open.querySelector(".text");
  showMark(text);
  unseen = !text.clientHeight;
};

// The keyboard goes on from the button that was used, which has been made anew; where there is none
// to go on with, and where the number that was chosen is out of sight now, in the text.
const goOn = (open) => {
  const inFront = Boolean(open.querySelector(".back")?.offsetParent);
  if (!held && !inFront) return;
  const button = open.querySelector(`.step[data-by="${held}"]:enabled`);
  (button ?? open.querySelector(".text")).focus({ preventScroll: true });
  held = "";
};

const showMark = (text) => {
  for (const leaf of reading.leaves) {
    if (reading.kept.get(leaf)?.includes("<mark") && !leaf.firstChild) put(leaf, reading.kept.get(leaf));
  }
  const mark = text.querySelector("mark");
  const at = mark.getBoundingClientRect();
  const room = Math.max(24, (text.clientHeight - at.height) / 3);
  text.scrollTop += at.top - text.getBoundingClientRect().top - room;
  const start = JSON.parse(element.querySelector(".source").dataset.quotes ?? "[]")[0]?.[1];
  reading.gone = start === undefined ? null : { mark, start, top: placeOf(mark) };
  showSpot();
};

const chipOf = ({ turn, number }) =>
  document.querySelector(`.chip[data-turn="${turn}"][data-number="${number}"]`);

// The next quote is that after the one asked for last, which may not be there yet.
let wanted = { until: 0 };
const step = (by) => {
  const { turn, number } = element.querySelector(".source").dataset;
  const from = performance.now() < wanted.until && wanted.turn === turn ? wanted.number : number;
  const chip = chipOf({ turn, number: Number(from) + Number(by) });
  if (chip) openFrom(chip, by);
};
window.addEventListener("quote-asked", ({ detail }) => {
  wanted = { ...detail, until: performance.now() + 10_000 };
});

let held = ""; // what here had the keyboard when the next quote was asked for
const openFrom = (chip, by) => {
  held = element.contains(document.activeElement) ? by : "";
  chip?.click();
};

watch("value", () =>
  requestAnimationFrame(() => {
    leading = null;
    const open = element.querySelector(".source");
    if (open?.querySelector(".text")) openText(open);
    beginFinding();
    settle();
    if (open) openSheets(open);
    if (open?.dataset.turn) window.dispatchEvent(new Event("source-fresh"));
  }),
);
window.addEventListener("quote-wanted", settle);

let width = 0; // that of the lines as they were seen last
new ResizeObserver(() => {
  if (width === (width = element.clientWidth) || !width || !reading.text?.isConnected) return;
  keepSpot();
  const open = element.querySelector(".source");
  const moved = open.querySelector(".sheets") && isBeside(open) !== looking.beside;
  const again = unseen || moved;
  if (unseen) settle();
  if (again) openSheets(open);
}).observe(element);

document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const writing = event.target.matches("input, textarea") && event.target.value;
  if (!by || writing || !element.querySelector(".step")) return;
  event.preventDefault();
  step(by);
});

element.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches(".other")) event.target.click();
});

const copy = (button) =>
  copyFrom(button, button.dataset.text ?? element.querySelector(".copied").textContent);

element.addEventListener("click", (event) => {
  if (event.target.closest(".back")) {
    window.dispatchEvent(new CustomEvent("pane-wanted", { detail: "talk" }));
    const chip = document.querySelector(".chip[aria-current]");
    chip?.scrollIntoView({ block: "nearest" });
    return (chip ?? document.querySelector(".log")).focus({ preventScroll: true });
  }
  const copying = event.target.closest(".copy");
  if (copying) return copy(copying);
  const button = event.target.closest(".step");
  if (button) return step(button.dataset.by);
  const other = event.target.closest(".other");
  if (other && window.getSelection().isCollapsed) openFrom(chipOf(other.dataset), "text");
});
