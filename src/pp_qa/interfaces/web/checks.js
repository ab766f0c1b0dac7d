// Runs once, with Gradio's `element`, `trigger` and `watch`. Reports which place was chosen, and
// brings the reader to the results.
element.addEventListener("click", (event) => {
  const chip = event.target.closest("button.chip");
  if (!chip) return;
  element.querySelectorAll(".chip.last").forEach((c) => c.classList.remove("last"));
  chip.classList.add("last");
  const { check, place, part } = chip.dataset;
  window.dispatchEvent(new CustomEvent("source-asked", { detail: "This place" }));
  trigger("click", { check: Number(check), place: Number(place), part: Number(part) });
});

watch("value", () =>
  requestAnimationFrame(() => {
    const tally = element.querySelector(".tally");
    if (!tally || document.querySelector("#check-form [data-going]:focus-within")) return;
    tally.scrollIntoView({ block: "start" });
    tally.focus({ preventScroll: true }); // so that it is read out, and Tab goes on to the places
  }),
);

// A hidden tab forgets how far it was scrolled: back from the source, its number is in view.
new IntersectionObserver(([seen]) => {
  if (seen.isIntersecting) element.querySelector(".chip.last")?.scrollIntoView({ block: "center" });
}).observe(element);
