// Runs once, after kept.js, with Gradio's `element` and `trigger`. What stands over the question
// box: how many documents are asked, and the names that complete an @ in the question.
const tellChoice = () => trigger("choose", kept("choice"));
window.addEventListener("choice-made", tellChoice);

const choose = (choice) => {
  keep("choice", choice);
  window.dispatchEvent(new Event("choice-kept"));
  tellChoice();
};

// What was ticked before the page was loaded anew, of what is there still. Where nothing of it is,
// all are asked.
const recall = async ({ every, ids }) => {
  const reply = await fetch("page/documents/ids");
  if (!reply.ok) return;
  const there = new Set(await reply.json());
  const left = ids.filter((id) => there.has(id));
  choose({ every: every || (ids.length > 0 && !left.length), ids: left });
};
if (kept("choice")) recall(kept("choice")).catch(() => {}); // the next question says what is wrong

element.addEventListener("click", (event) => {
  if (!event.target.closest(".all")) return;
  choose({ every: true, ids: [] });
  document.querySelector("#question :is(textarea, input)").focus();
});

const MENTION = /(^|[\s(\[{"“«'‘])@(?:"([^"]*)|“([^”]*)|([^\s"“”@]*))$/u;
let list = null;
let offered = [];
let at = -1;
let typing = 0;

const box = (target) => (target?.closest?.("#question") && "value" in target ? target : null);

// What has been typed of a name before the caret, and where its @ is.
const typed = (field) => {
  const before = field.value.slice(0, field.selectionStart);
  const match = field.selectionStart === field.selectionEnd && MENTION.exec(before);
  if (!match) return null;
  return { name: match[2] ?? match[3] ?? match[4], from: match.index + match[1].length };
};

// While names are offered, the box is one to choose in; else it is for text alone.
const CHOOSING = {
  role: "combobox",
  "aria-expanded": "true",
  "aria-haspopup": "listbox",
  "aria-controls": "names",
  "aria-autocomplete": "list",
};
const choosing = (field, on) => {
  for (const [name, value] of Object.entries(CHOOSING))
    on ? field.setAttribute(name, value) : field.removeAttribute(name);
};

const make = (field) => {
  list = document.createElement("div");
  list.id = "names";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Documents to ask");
  document.getElementById("ask").append(list);
  list.addEventListener("mousedown", (event) => {
    event.preventDefault(); // the question keeps the caret
    const option = event.target.closest("[role=option]");
    if (option) accept(field, Number(option.dataset.at));
  });
};

const close = (field) => {
  typing += 1;
  offered = [];
  if (!list) return;
  list.hidden = true;
  choosing(field, false);
  field.removeAttribute("aria-activedescendant");
};

const mark = (field, to) => {
  at = (to + offered.length) % offered.length;
  [...list.children].forEach((option, i) => option.setAttribute("aria-selected", i === at));
  list.children[at].scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", `name-${at}`);
};

const offer = async (field) => {
  const part = typed(field);
  if (!part) return close(field);
  const mine = (typing += 1);
  let found;
  try {
    const reply = await fetch(`page/names?typed=${encodeURIComponent(part.name.slice(0, 200))}`);
    found = reply.ok ? await reply.json() : [];
  } catch {
    found = []; // the server says why when the question is asked
  }
  if (mine !== typing) return;
  if (!found.length) return close(field);
  if (!list) make(field);
  offered = found;
  list.replaceChildren(...found.map(option));
  list.hidden = false;
  choosing(field, true);
  mark(field, 0);
};

const option = (name, i) => {
  const made = document.createElement("div");
  made.id = `name-${i}`;
  made.dataset.at = i;
  made.setAttribute("role", "option");
  for (const text of [name.doc_id, name.title]) {
    made.append(Object.assign(document.createElement("span"), { textContent: text, dir: "auto" }));
  }
  return made;
};

const accept = (field, i) => {
  const part = typed(field);
  if (!part) return close(field);
  const after = field.value.slice(field.selectionStart).replace(/^["”]?\s*/u, "");
  const before = `${field.value.slice(0, part.from)}${offered[i].written} `;
  field.value = before + after;
  field.setSelectionRange(before.length, before.length);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  close(field);
};

const keys = {
  ArrowDown: (field) => mark(field, at + 1),
  ArrowUp: (field) => mark(field, at - 1),
  Enter: (field) => accept(field, at),
  Tab: (field) => accept(field, at),
  Escape: close,
};

// Before Gradio sees them: Enter would ask.
document.addEventListener("keydown", (event) => {
  const field = box(event.target);
  if (!field || !offered.length || event.isComposing || event.shiftKey || !(event.key in keys)) return;
  event.preventDefault();
  event.stopPropagation();
  keys[event.key](field);
}, true);
document.addEventListener("input", (event) => box(event.target) && offer(event.target), true);
document.addEventListener("click", (event) => box(event.target) && offer(event.target), true);
document.addEventListener("focusout", (event) => box(event.target) && close(event.target), true);
