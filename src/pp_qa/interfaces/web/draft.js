// Runs once, after asking.js: what is typed, or asked and not yet answered, outlasts the page.
const draft = () => `draft of ${document.querySelector(".who bdi")?.textContent ?? ""}`;
// An example can be asked before Gradio has put the box there.
const keepDraft = () => keep(draft(), box()?.value || (running ? running.question : ""));

document.addEventListener("input", ({ target }) => target === box() && keepDraft(), true);

// Who is logged in is known once the page is loaded. What was answered meanwhile is no draft.
loaded.then(() => pause(0)).then(() => {
  const edits = element.querySelectorAll('[data-action="edit"]');
  const before = kept(draft());
  if (!before || running || box().value || edits[edits.length - 1]?.dataset.text === before) return;
  write(before);
});
