// Runs once, with the bar of a narrow window as `element`: which pane is in front. On a wide one the
// conversation is always there, and the bar isn't. Gradio knows which tab is chosen; `beside` says
// that the tabs, not the conversation, are in front. The mark `fresh` is of a source not yet seen.
const find = (id) => document.getElementById(id);
const buttonOf = (name) => find(`tab-${name}-button`);

const inFront = (name) => {
  const beside = find("panes").hasAttribute("data-beside");
  if (name === "talk") return !beside;
  return beside && buttonOf(name).getAttribute("aria-selected") === "true";
};

const show = () => {
  if (!find("panes")) return; // the page is being left
  for (const tab of element.querySelectorAll("[role=tab]"))
    tab.setAttribute("aria-selected", String(inFront(tab.dataset.pane)));
  const source = find("source");
  if (source?.offsetParent && getComputedStyle(source).visibility === "visible")
    find("panes").removeAttribute("data-fresh");
};

const bring = (name) => {
  find("panes").toggleAttribute("data-beside", name !== "talk");
  if (name !== "talk") buttonOf(name).click();
  show();
};

element.addEventListener("click", (event) => {
  const tab = event.target.closest("[role=tab]");
  if (tab) bring(tab.dataset.pane);
});
window.addEventListener("pane-wanted", ({ detail }) => bring(detail));
window.addEventListener("source-fresh", () => {
  find("panes").setAttribute("data-fresh", "");
  show();
});

// Gradio chooses a tab too, as when the place of a quotation is opened. The tabs come after the bar.
window.addEventListener("page-loaded", () => {
  const chosen = { subtree: true, attributeFilter: ["aria-selected"] };
  new MutationObserver(show).observe(find("tabs"), chosen);
  new ResizeObserver(show).observe(find("panes"));
}, { once: true });
