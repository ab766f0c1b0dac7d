// Runs once, after `leaves.js` and `sheets.js`, with Gradio's `element` and `watch`. Brings the mark into view,
// marks the number of the open quote in the conversation, steps between quotes, and copies.
const settle = () => {
  const open = element.querySelector(".source");
  const conversation = document.getElementById("conversation");
  document.querySelectorAll(".chip[aria-current]").forEach((c) => c.removeAttribute("aria-current"));
  if (!open || !open.dataset.turn) return;
  const chip = chipOf(open.dataset);
  if (String(wanted.number) === open.dataset.number) wanted = { until: 0 };
  chip?.setAttribute("aria-current", "true");
  const text = element.querySelector(".text");
  const mark = showMark(text);
  // On a narrow screen the source lies below: go there only when a number was chosen.
  const chosen = conversation.querySelector("[data-moved]");
  if (chosen) {
    chosen.removeAttribute("data-moved");
    const narrow = window.matchMedia("(max-width: 899px)").matches;
    if (narrow) (mark.offsetParent ? mark : open).scrollIntoView({ block: mark.offsetParent ? "center" : "start" });
    else chip?.closest(".card").scrollIntoView({ block: "nearest" });
  }
};

const showMark = (text) => {
  for (const leaf of reading.leaves) {
    if (reading.kept.get(leaf)?.includes("<mark") && !leaf.firstChild) put(leaf, reading.kept.get(leaf));
  }
  const mark = text.querySelector("mark");
  const at = mark.getBoundingClientRect();
  const room = Math.max(24, (text.clientHeight - at.height) / 3);
  text.scrollTop += at.top - text.getBoundingClientRect().top - room;
  return mark;
};

const chipOf = ({ turn, number }) =>
  document.querySelector(`.chip[data-turn="${turn}"][data-number="${number}"]`);

// The next quote is that after the one asked for last, which may not be there yet.
let wanted = { until: 0 };
const step = (by) => {
  const { turn, number } = element.querySelector(".source").dataset;
  const from = performance.now() < wanted.until && wanted.turn === turn ? wanted.number : number;
  const next = { turn, number: Number(from) + Number(by), until: performance.now() + 2000 };
  const chip = chipOf(next);
  if (!chip) return;
  wanted = next;
  chip.click();
};

watch("value", () =>
  requestAnimationFrame(() => {
    const open = element.querySelector(".source");
    if (open?.querySelector(".text")) openText(open);
    settle();
    if (looking.shown && open) openSheets(open);
  }),
);
window.addEventListener("quote-wanted", settle);

let width = 0;
new ResizeObserver(() => {
  if (reading.text?.isConnected && width !== (width = reading.text.clientWidth)) estimate();
}).observe(element);

document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const label = { ArrowUp: "Previous", ArrowDown: "Next" }[event.key];
  const writing = event.target.matches("input, textarea") && event.target.value;
  const step = label && !writing && element.querySelector(`.step[aria-label^="${label}"]`);
  if (!step) return;
  event.preventDefault();
  step.click();
});

element.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches(".other")) event.target.click();
});

const copyText = async (button) => {
  const name = button.textContent;
  const address = element.querySelector(".copied");
  if (!button.dataset.text) window.getSelection().selectAllChildren(address);
  try {
    await navigator.clipboard.writeText(button.dataset.text || address.textContent);
    button.textContent = "Copied";
  } catch {
    // No clipboard outside localhost and https.
    if (!button.dataset.text) button.textContent = "Selected";
    else {
      window.getSelection().selectAllChildren(element.querySelector("mark"));
      button.textContent = "Selected";
    }
  }
  setTimeout(() => (button.textContent = name), 1500);
};

element.addEventListener("click", (event) => {
  const back = event.target.closest(".back");
  if (back) {
    event.preventDefault();
    const chip = document.querySelector(".chip[aria-current]");
    (chip || document.getElementById("conversation")).scrollIntoView({ block: "center" });
    return chip?.focus({ preventScroll: true });
  }
  const copy = event.target.closest(".copy");
  if (copy) return copyText(copy);
  const button = event.target.closest(".step");
  if (button) return step(button.dataset.by);
  const other = event.target.closest(".other");
  if (other && window.getSelection().isCollapsed) chipOf(other.dataset)?.click();
});
