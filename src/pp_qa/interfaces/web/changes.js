// Runs once, after updates.js: files are added, removed and brought back.
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
        : fail(new Error(request.response?.message ?? request.statusText));
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
      const renamed = stored.name !== file.name;
      if (stored.known) news(`${file.name} is there already${renamed ? `, as ${stored.name}` : ""}`);
      else if (renamed) news(`${file.name} is kept as ${stored.name}`);
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
    if (!names.length) return show(IDLE);
    const state = await ended(await post("page/update", { rebuild: false }));
    if (state.outcome === "stopped") news(state.ended);
    for (const fate of await post("page/fates", names)) tellFate(fate);
  } catch (problem) {
    show(IDLE);
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

Object.assign(clicks, {
  ".add": () => input.click(),
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
});
window.dispatchEvent(new Event("library-ready"));
