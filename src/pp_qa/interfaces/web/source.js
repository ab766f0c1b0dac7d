// Runs once, with Gradio's `element` and `watch`. Brings the mark into view, marks the number of
// the open quote in the conversation, and copies an address.
const settle = () => {
  const open = element.querySelector(".source");
  const conversation = document.getElementById("conversation");
  document.querySelectorAll(".chip[aria-current]").forEach((c) => c.removeAttribute("aria-current"));
  if (!open || !open.dataset.turn) return;
  const { turn, number } = open.dataset;
  document
    .querySelector(`.chip[data-turn="${turn}"][data-number="${number}"]`)
    ?.setAttribute("aria-current", "true");
  const text = element.querySelector(".text");
  const mark = element.querySelector("mark");
  const box = text.getBoundingClientRect();
  const at = mark.getBoundingClientRect();
  const room = Math.max(24, (text.clientHeight - at.height) / 3);
  text.scrollTop += at.top - box.top - room;
  // On a narrow screen the source lies below: go there only when a number was chosen.
  const chosen = conversation.querySelector("[data-moved]");
  if (chosen) {
    chosen.removeAttribute("data-moved");
    if (window.matchMedia("(max-width: 899px)").matches) mark.scrollIntoView({ block: "center" });
  }
};

watch("value", () => requestAnimationFrame(settle));
window.addEventListener("quote-wanted", settle);

element.addEventListener("click", async (event) => {
  const back = event.target.closest(".back");
  if (back) {
    event.preventDefault();
    const chip = document.querySelector(".chip[aria-current]");
    (chip || document.getElementById("conversation")).scrollIntoView({ block: "center" });
    return chip?.focus({ preventScroll: true });
  }
  const copy = event.target.closest(".copy");
  if (!copy) return;
  const address = element.querySelector(".copied");
  window.getSelection().selectAllChildren(address);
  try {
    await navigator.clipboard.writeText(address.textContent);
    copy.textContent = "Copied";
  } catch {
    copy.textContent = "Selected"; // no clipboard outside localhost and https
  }
  setTimeout(() => (copy.textContent = "Copy"), 1500);
});
