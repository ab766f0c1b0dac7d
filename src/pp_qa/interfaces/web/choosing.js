// Runs once, after library.js: which documents are ticked. That is kept, and goes with each question.
const choice = { every: true, ids: new Set() }; // all but these, or only these

const everything = () => choice.every && !choice.ids.size;
const chosen = (id) => choice.every !== choice.ids.has(id);

const set = (id, wanted) => {
  if (wanted === choice.every) choice.ids.delete(id);
  else choice.ids.add(id);
};

const tick = () => {
  const boxes = all(".documents input");
  for (const box of boxes) box.checked = chosen(box.dataset.document);
  const on = boxes.filter((box) => box.checked).length;
  const every = one(".every input");
  const filtered = one(".filter").value.trim() !== "";
  const listed = filtered || (total > 0 && boxes.length === total); // else there are more than these
  every.checked = listed ? on > 0 && on === boxes.length : everything();
  every.indeterminate = listed ? on > 0 && on < boxes.length : !everything() && !nothing();
  one(".every span").textContent = filtered ? "Ask all of these" : "Ask all";
};

const nothing = () => (choice.every ? choice.ids.size >= total : !choice.ids.size);

// What is kept goes with each question; over the box it is said how many those are.
const tell = () => {
  keep("choice", { every: choice.every, ids: [...choice.ids] });
  window.dispatchEvent(new Event("choice-made"));
};

const chooseAll = (wanted) => {
  choice.every = wanted;
  choice.ids.clear();
};

const chooseFound = async (filter, wanted) => {
  const ids = await get(`page/documents/ids?filter=${encodeURIComponent(filter)}`);
  // Of all, “only these” is what choosing what was found means.
  if (wanted && everything()) chooseAll(false);
  ids.forEach((id) => set(id, wanted));
};

element.addEventListener("change", async (event) => {
  const box = event.target;
  const filter = one(".filter").value.trim();
  try {
    if (box.dataset.document !== undefined) set(box.dataset.document, box.checked);
    else if (!box.closest(".every")) return;
    else if (filter) await chooseFound(filter, box.checked);
    else chooseAll(box.checked);
    tell();
  } catch (problem) {
    complain(`These can’t be chosen (${problem.message}).`);
  }
  tick();
});

const recall = () => {
  const { every, ids } = kept("choice") ?? { every: true, ids: [] };
  choice.every = every;
  choice.ids = new Set(ids);
  tick();
};
window.addEventListener("choice-kept", recall);
recall();
