// Runs once, with Gradio's `element` and `trigger`. The server makes all HTML of the list; this
// fetches a part of it at a time, and keeps which documents are ticked.
const all = (selector) => [...element.querySelectorAll(selector)];
const one = (selector) => element.querySelector(selector);
const MEANWHILE = 200; // milliseconds without a key after which the list is filtered

const choice = { every: true, ids: new Set() }; // all but these, or only these
let total = 0;
let next = 0;
let filtering = 0;

const say = (line) => { one(".count").textContent = line; };

const get = async (address) => {
  const reply = await fetch(address);
  if (!reply.ok) throw new Error((await reply.json().catch(() => ({}))).detail || reply.statusText);
  return reply.json();
};

// ── the list ─────────────────────────────────────────────────────────────────

const fill = async (more = false) => {
  const mine = (filtering += 1);
  const filter = encodeURIComponent(one(".filter").value);
  const first = more ? next : 0;
  let part;
  try {
    part = await get(`page/documents?filter=${filter}&first=${first}`);
  } catch (problem) {
    return say(`The list can’t be had (${problem.message}).`);
  }
  if (mine !== filtering) return; // another key was typed since
  const list = one(".documents");
  if (!more) list.replaceChildren();
  const before = list.children.length;
  list.insertAdjacentHTML("beforeend", part.rows);
  const further = one(".further");
  further.textContent = part.further;
  further.hidden = !part.further;
  if (more) list.children[before]?.querySelector("button, input")?.focus();
  next = part.next;
  say(part.count);
  if (total !== part.total) {
    total = part.total;
    if (!everything()) tell();
  }
  tick();
};

one(".filter").addEventListener("input", () => {
  const mine = (filtering += 1);
  setTimeout(() => mine === filtering && fill(), MEANWHILE);
});

// ── which to ask ─────────────────────────────────────────────────────────────

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

const tell = () => trigger("choose", { every: choice.every, ids: [...choice.ids] });

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

window.addEventListener("ask-all", () => {
  chooseAll(true);
  tick();
  tell();
});

// ── reading one ──────────────────────────────────────────────────────────────

element.addEventListener("click", (event) => {
  const read = event.target.closest(".read");
  if (read) return trigger("read", { document: read.dataset.document });
  if (event.target.closest(".further")) fill(true);
});

// The index may have changed while another tab was in front.
new IntersectionObserver((seen) => seen.some((s) => s.isIntersecting) && fill()).observe(element);
