// Words found in all of the open document. The server finds them; those near the window are marked, by
// ranges laid over the text, which stays as it is, and the one that is gone to is boxed on the pages.
const finding = { wanted: "", query: "", finds: [], at: -1, place: null, more: false };

const findWords = async (field) => {
  clearTimeout(finding.soon);
  const wanted = field.value.trim();
  if (wanted === finding.wanted) return;
  Object.assign(finding, { wanted, finds: [] });
  const query = `${reading.query}&wanted=${encodeURIComponent(wanted)}`;
  const said = wanted ? await learn(`page/finds?${query}`, "Nothing can be found") : {};
  if (finding.wanted !== wanted || !field.isConnected) return; // something else is wanted by now
  Object.assign(finding, { finds: said.finds ?? [], more: said.more });
  if (said.message) finding.wanted = ""; // Enter asks again
  if (finding.finds.length) return goToFind(firstBelow());
  drawFinds();
  unboxFind();
  tell(said.message ?? (wanted ? "Not found" : ""));
};

// The first find from what one sees on, or from the find that one was at, if that is still in view.
const firstBelow = () => {
  const { text, pages } = reading;
  const { finds, place } = finding;
  const [top, foot] = text.clientHeight
    ? [lineAt(0)[1], lineAt(1)[1]]
    : [pageInView() - 1, pageInView()].map((page) => pages[page]?.[0] ?? reading.length);
  const from = place >= top && place <= foot ? place : top;
  return Math.max(0, finds.findIndex(([start]) => start >= from));
};

const goToNext = (by) => goToFind(finding.at < 0 ? firstBelow() + Math.min(by, 0) : finding.at + by);

const goToFind = async (index) => {
  const { finds } = finding;
  finding.at = (index + finds.length) % finds.length;
  const [start, end] = finds[finding.at];
  finding.place = start;
  tell(tally());
  boxFind(start, end);
  const leaf = reading.leaves.find((each) => start < each.dataset.end);
  leaf.near = true;
  await fill(leaf);
  if (finding.finds !== finds || finds[finding.at]?.[0] !== start) return;
  drawFinds();
  const { text } = reading;
  const place = rangesIn(leaf, [[start, end]])[0]?.getBoundingClientRect();
  if (place) text.scrollTop += place.top - text.getBoundingClientRect().top - text.clientHeight / 3;
};

const tally = () => {
  const { finds, at, more } = finding;
  const all = `${finds.length.toLocaleString("en")}${more ? "+" : ""}`;
  return at < 0 ? `${all} found` : `${at + 1} of ${all}`;
};

const tell = (sentence) => {
  element.querySelector(".finds").textContent = sentence;
  for (const button of element.querySelectorAll(".find-to")) button.disabled = !finding.finds.length;
};

const drawFinds = () => {
  if (!("highlights" in CSS)) return; // an older browser goes there, and marks nothing
  const { finds, at } = finding;
  const filled = finds.length ? reading.leaves.filter((leaf) => leaf.firstChild) : [];
  const ranges = (some) => new Highlight(...filled.flatMap((leaf) => rangesIn(leaf, some)));
  CSS.highlights.set("find", ranges(finds.filter((_, i) => i !== at)));
  CSS.highlights.set("found", ranges(finds.filter((_, i) => i === at)));
};

const rangesIn = (leaf, finds) => {
  const first = Number(leaf.dataset.start), after = Number(leaf.dataset.end);
  const here = finds.filter(([start, end]) => start < after && end > first);
  const letters = here.length ? lettersOf(leaf) : [];
  return here.flatMap(([start, end]) => {
    const from = letters[Math.max(0, start - first)], to = letters[Math.min(end, after) - first - 1];
    if (!from || !to) return []; // it could not be read
    const range = new Range();
    range.setStart(from.node, from.start);
    range.setEnd(to.node, to.end);
    return [range];
  });
};

// Each code point of a leaf, as the server counts them: one that is shown by its code is one too.
const lettersOf = (leaf) => {
  const letters = [];
  const walker = document.createTreeWalker(leaf, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.matches?.(".unseen")) letters.push({ node, start: 0, end: 0 });
    let start = 0;
    for (const letter of node.data ?? "") {
      letters.push({ node, start, end: start + letter.length });
      start += letter.length;
    }
  }
  return letters;
};

// What was found holds at another quote of the same document, where one is at none of it.
const beginFinding = () => {
  const { query } = reading;
  const field = element.querySelector(".finder input");
  if (!field || query !== finding.query) {
    Object.assign(finding, { query, wanted: "", finds: [] });
    if (field) field.value = ""; // Gradio keeps the field
  }
  Object.assign(finding, { at: -1, place: null });
  drawFinds();
  if (finding.finds.length) return tell(tally());
  finding.wanted = "";
  if (field) findWords(field);
};

element.addEventListener("input", ({ target }) => {
  if (!target.matches(".finder input")) return;
  clearTimeout(finding.soon);
  finding.soon = setTimeout(() => findWords(target), 250);
});

element.addEventListener("click", ({ target }) => {
  const button = target.closest(".find-to");
  if (button) goToNext(Number(button.dataset.by));
});

element.addEventListener("keydown", (event) => {
  const field = element.querySelector(".finder input");
  const { key, target, shiftKey } = event;
  if (!field) return;
  if (target !== field) {
    if (key !== "f" || !(event.ctrlKey || event.metaKey) || shiftKey || event.altKey) return;
    field.select(); // pressed there again, the browser's own search comes
  } else if (key === "Enter" && !event.isComposing) {
    if (field.value.trim() !== finding.wanted) findWords(field);
    else if (finding.finds.length) goToNext(shiftKey ? -1 : 1);
  } else if (key === "Escape" && field.value) {
    field.value = "";
    findWords(field);
  } else return;
  event.preventDefault();
});
