// Runs once, after library.js: which documents are ticked. That is kept, and goes with each question.
const choice = { every: true, ids: new Set() }; // all but these, or only these

const everything = () => choice.every && !choice.ids.size;
const chosen = (id) => choice.every !== choice.ids.has(id);

const set = (id, wanted) => {
  if (wanted === choice.every) choice.ids.delete(id);
  else choice.ids.add(id);
};

const tick = () => {
  for (const box of all(".documents input")) box.checked = chosen(box.dataset.document);
  const every = one(".every input");
  const filtered = one(".filter").value.trim() !== "";
  const boxes = all(".documents input");
  const on = boxes.filter((box) => box.checked).length;
  every.checked = filtered ? on > 0 && on === boxes.length : everything();
  every.indeterminate = filtered ? on > 0 && on < boxes.length : !everything() && !nothing();
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

element.addEventListener("change", async (event) => {
  const box = event.target;
  if (box.closest(".every")) {
    const wanted = box.checked;
    const filter = one(".filter").value.trim();
    if (!filter) chooseAll(wanted);
    else {
      const ids = await get(`page/documents/ids?filter=${encodeURIComponent(filter)}`);
      // Of all, “only these” is what choosing what was found means.
      if (wanted && everything()) chooseAll(false);
      ids.forEach((id) => set(id, wanted));
    }
  } else if (box.dataset.document !== undefined) set(box.dataset.document, box.checked);
  else return;
  tick();
  tell();
});

const recall = () => {
  const { every, ids } = kept("choice") ?? { every: true, ids: [] };
  choice.every = every;
  choice.ids = new Set(ids);
  tick();
};
window.addEventListener("choice-kept", recall);
recall();
