// Runs once, with Gradio's `element` and `trigger`. The server makes all HTML of the list; this
// fetches a part of it at a time, and keeps which documents are ticked. After kept.js.
const all = (selector) => [...element.querySelectorAll(selector)];
const one = (selector) => element.querySelector(selector);
const MEANWHILE = 200; // milliseconds without a key after which the list is filtered

const choice = { every: true, ids: new Set() }; // all but these, or only these
let total = 0;
let next = 0;
let filtering = 0;

const say = (line) => { one(".count").textContent = line; };

const ask = async (address, options) => {
  const reply = await fetch(address, options);
  const body = await reply.json().catch(() => null);
  if (!reply.ok) throw new Error(typeof body?.detail === "string" ? body.detail : reply.statusText);
  return body;
};

const get = (address) => ask(address);
const post = (address, value) =>
  ask(address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(value),
  });

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
  one(".aside").innerHTML = part.removed;
  one(".aside").hidden = !part.removed;
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

// ── what was done ────────────────────────────────────────────────────────────

const NEWS = 12; // lines that are kept

const news = (line, kind = "", label = "", act = null) => {
  const item = document.createElement("li");
  item.className = kind;
  item.append(Object.assign(document.createElement("span"), { textContent: line, dir: "auto" }));
  if (act) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
    button.addEventListener("click", act);
    item.append(button);
  }
  const list = one(".news");
  list.prepend(item);
  while (list.children.length > NEWS) list.lastChild.remove();
  return item;
};

const complain = (line) => news(line, "problem");

// ── the update ───────────────────────────────────────────────────────────────

const pause = (time) => new Promise((done) => setTimeout(done, time));
let following = null;

const show = (state) => {
  one(".updating").hidden = !state.running;
  one(".updating .line").textContent = state.running ? state.line : "";
  const bar = one("progress");
  if (state.share === null) bar.removeAttribute("value");
  else bar.value = state.share;
};

// Shows what the update does until none runs, and gives what came of it.
const follow = () => {
  following ??= (async () => {
    try {
      for (;;) {
        const state = await get("page/update");
        show(state);
        if (!state.running) return state;
        await pause(400);
      }
    } finally {
      following = null;
    }
  })();
  return following;
};

// The end of the update that was asked for when so many had ended.
const ended = async ({ after }) => {
  for (;;) {
    const state = await follow();
    if (state.number > after) {
      trigger("changed", { shown: shown() });
      await fill();
      if (state.outcome === "failed") complain(state.ended);
      return state;
    }
    await pause(100);
  }
};

// ── adding ───────────────────────────────────────────────────────────────────

const open = one(".drop") !== null; // whether anything may be changed here
let adding = Promise.resolve();

const send = (file, name, batch, sent) =>
  new Promise((done, fail) => {
    const request = new XMLHttpRequest(); // fetch doesn't tell how far an upload is
    request.open("POST", `page/upload?name=${encodeURIComponent(name)}&upload=${batch}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.onprogress = (event) => sent(event.loaded);
    request.onerror = () => fail(new Error("the connection was cut"));
    request.onload = () =>
      request.status === 200
        ? done(request.response)
        : fail(new Error(request.response?.detail ?? request.statusText));
    request.send(file);
  });

const copyAll = async (files) => {
  const batch = [...crypto.getRandomValues(new Uint32Array(2))].join("-");
  const whole = files.reduce((sum, file) => sum + file.size, 0) || 1;
  const names = [];
  let before = 0;
  for (const file of files) {
    const line = `Copying ${file.name}`;
    show({ running: true, line, share: before / whole });
    try {
      const stored = await send(file, file.name, batch, (loaded) =>
        show({ running: true, line, share: (before + loaded) / whole }),
      );
      names.push(stored.name);
      if (stored.known) news(`${file.name} is there already, as ${stored.name}`);
      else if (stored.name !== file.name) news(`${file.name} is kept as ${stored.name}`);
    } catch (problem) {
      complain(`${file.name}: ${problem.message}`);
    }
    before += file.size;
  }
  return names;
};

const add = async (files) => {
  if (!files.length) return;
  try {
    const refusals = await post("page/check", files.map(({ name, size }) => ({ name, size })));
    files.forEach((file, i) => refusals[i] && complain(`${file.name} ${refusals[i]}`));
    const names = await copyAll(files.filter((_, i) => !refusals[i]));
    if (!names.length) return show({ running: false, share: null });
    const state = await ended(await post("page/update", { rebuild: false }));
    if (state.outcome === "stopped") news(state.ended);
    for (const fate of await post("page/fates", names)) tellFate(fate);
  } catch (problem) {
    show({ running: false, share: null });
    complain(problem.message);
  }
};

const tellFate = ({ name, passages, reason, written, empty }) => {
  if (reason) return complain(`${name} was stored and can’t be read: it ${reason}`);
  if (empty) return complain(`${name} was stored and has no text, so there is nothing to ask of it`);
  if (!passages) return;
  const count = passages === 1 ? "1 passage" : `${passages.toLocaleString("en")} passages`;
  news(`${name} can be asked: ${count}`, "", "Ask it", () => {
    const box = document.querySelector("#question :is(textarea, input)");
    box.value = `${written} ${box.value}`;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    window.dispatchEvent(new CustomEvent("pane-wanted", { detail: "talk" }));
    box.focus();
  });
};

// One after the other, in the order in which they were dropped.
const queue = (files) => { adding = adding.then(() => add(files)); };

const input = one("input[type=file]");
input?.addEventListener("change", () => {
  queue([...input.files]);
  input.value = "";
});
window.addEventListener("choose-files", () => input?.click());
window.addEventListener("files-dropped", ({ detail }) => queue(detail));

// ── removing ─────────────────────────────────────────────────────────────────

const dialog = one(".removal");

const remove = async (id) => {
  try {
    const done = await post("page/remove", { document: id });
    const item = news(`${id} is removed; its file is ${done.place}`, "", "Bring it back", () => restore(done.aside));
    item.dataset.aside = done.aside;
    item.querySelector("button").focus();
    await ended(done);
  } catch (problem) {
    complain(problem.message);
  }
};

const restore = async (aside) => {
  try {
    const done = await post("page/restore", { aside });
    all(".news li").find((item) => item.dataset.aside === aside)?.remove();
    news(`${done.document} is back`);
    await ended(done);
  } catch (problem) {
    complain(problem.message);
  }
};

const rebuild = async () => {
  try {
    const state = await ended(await post("page/update", { rebuild: true }));
    if (state.outcome !== "failed") news(state.ended);
  } catch (problem) {
    complain(problem.message);
  }
};

// ── what is clicked ──────────────────────────────────────────────────────────

const clicks = {
  ".read": ({ dataset }) => trigger("read", { document: dataset.document }),
  ".further": () => fill(true),
  ".add": () => input.click(),
  ".rebuild": rebuild,
  ".updating .stop": () => post("page/stop", {}).catch((problem) => complain(problem.message)),
  ".restore": ({ dataset }) => restore(dataset.aside),
  ".remove": ({ dataset }) => {
    dialog.dataset.document = dialog.querySelector(".what").textContent = dataset.document;
    dialog.showModal();
  },
  ".removal .no": () => dialog.close(),
  ".removal .yes": () => {
    dialog.close();
    remove(dialog.dataset.document);
  },
};

element.addEventListener("click", (event) => {
  for (const [selector, act] of Object.entries(clicks)) {
    const button = event.target.closest(selector);
    if (button) return act(button);
  }
});

// Where there is nothing yet, files may come into the folder by themselves.
const LOOK_AGAIN = 3000;
const wait = async () => {
  await fill();
  if (total) trigger("changed", { shown: shown() });
  else setTimeout(wait, LOOK_AGAIN);
};
if (document.querySelector(".opening.missing")) setTimeout(wait, LOOK_AGAIN);
if (open) follow().catch(() => {}); // an update may run already

// The index may have changed while another tab was in front.
new IntersectionObserver((seen) => seen.some((s) => s.isIntersecting) && fill()).observe(element);
window.dispatchEvent(new Event("library-ready"));
