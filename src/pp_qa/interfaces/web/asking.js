// A question on its way. It is shown at once, where its answer will stand, and can be stopped.
// Each has a name of its own, by which the server knows what was stopped, and this page which
// answer is meant: one that comes too late is not shown.
const column = document.getElementById("talk");
const stopped = new Set();
let running = null;
let next = null; // asks what is to be asked after it
let failed = null;

const log = () => element.querySelector(".log");
const box = () => document.querySelector("#question textarea");
const write = (text) => {
  box().value = text;
  box().dispatchEvent(new Event("input", { bubbles: true }));
};
const made = (name) =>
  element.querySelector(`template.${name}`).content.firstElementChild.cloneNode(true);
const oneLine = (text) => {
  const line = text.trim().replace(/\s+/g, " ");
  return line.length > 400 ? `${line.slice(0, 399)}…` : line;
};

const told = (event) => new Promise((go) => window.addEventListener(event, go, { once: true }));

// What the page shows when it is loaded would else come after the answer, and in its place.
const loaded = told("page-loaded");

// A question that is asked before another chat is there would else come into the one before.
const LEAVING = "#anew, #chats :is(.open, .delete, .delete-all)";
let there = loaded;
document.addEventListener("click", ({ target }) => {
  const button = target.closest(LEAVING);
  if (!button) return;
  const come = told(button.matches("#anew") ? "chat-begun" : "chats-changed");
  const shown = Promise.all([there, come]).then(() => pause(0));
  there = Promise.race([shown, pause(PATIENCE)]); // a server that was lost tells nothing
});

const ask = (question, { typed = false, alone = false, insteadOf = null } = {}) => {
  if (running) return wait(typed ? send : () => ask(question, { alone, insteadOf }));
  closeForm();
  const run = [...crypto.getRandomValues(new Uint32Array(4))].join("-");
  running = { run, question, typed, alone, insteadOf };
  if (typed && box().value === question) write("");
  keepDraft();
  showRunning();
  put(running);
};

const put = async (mine) => {
  const { run, question, alone, insteadOf } = mine;
  const wish = { run, question, alone, instead_of: insteadOf, choice: kept("choice") };
  const why = await trouble();
  if (!why) await there;
  if (running !== mine) return; // it was stopped
  if (why) return fail(why);
  trigger("submit", { ...wish, shown: shown() });
  while (running === mine) {
    await pause(LOOK_AGAIN);
    const lost = running === mine && (await trouble());
    if (lost && running === mine) fail(lost);
  }
};

// One question at a time: what was typed meanwhile stays in the box, and is asked from there.
const wait = (ask) => {
  next = ask;
  element.querySelector(".asking .next")?.removeAttribute("hidden");
};

const showRunning = () => {
  element.querySelectorAll(".asking").forEach((left) => left.remove());
  const article = made("pending");
  article.querySelector(".asked").textContent = oneLine(running.question);
  article.querySelector(".next").hidden = !next;
  for (const other of log().children)
    other.hidden = !other.dataset.turn || Number(other.dataset.turn) >= (running.insteadOf ?? Infinity);
  log().append(article);
  article.scrollIntoView({ block: "start" });
  // The button or the form that asked is gone, and the keyboard goes on with what it asked for.
  if (!running.typed) article.focus({ preventScroll: true });
  column.dataset.busy = "";
  return article;
};

// What was typed is put back where it was, unless something else stands there by now.
const finish = (answered) => {
  if (!answered && running.typed && !box().value) write(running.question);
  const following = answered && next;
  if (answered) history.replaceState(null, "", "/"); // there is more now than a link led to
  running = next = null;
  keepDraft();
  delete column.dataset.busy;
  if (following) setTimeout(following);
};

const stop = () => {
  stopped.add(running.run);
  trigger("stop", { run: running.run, shown: shown() });
  element.querySelector(".asking")?.remove(); // Gradio may have made the HTML anew just now
  for (const other of log().children) other.hidden = false;
  finish(false);
  box().focus();
};

// No answer will come. `why` is a class of what the page has to say about it.
const fail = (why) => {
  const article = element.querySelector(".asking") ?? showRunning();
  article.removeAttribute("aria-busy");
  article.querySelector(".waiting").hidden = article.querySelector(".next").hidden = true;
  article.querySelector(`.said.${why}`).hidden = false;
  article.querySelector(".failed").hidden = why === "logged-out";
  for (const other of log().children) other.hidden = other.matches(".opening");
  failed = running;
  finish(false);
};

const repeat = () => ask(failed.question, failed);

window.addEventListener("asking-failed", async () => {
  const mine = running;
  const why = (await trouble()) || "refused";
  if (mine && running === mine) fail(why);
});

// Whether the conversation as the server made it now ends with the answer that was waited for.
const arrived = (last) => {
  if (last && stopped.has(last.dataset.run)) {
    last.hidden = true;
    trigger("stop", { run: last.dataset.run, late: true, shown: shown() });
  }
  if (!running) return false;
  if (last?.dataset.run !== running.run) return showRunning();
  if (!running.typed && document.activeElement === document.body) last.focus({ preventScroll: true });
  finish(!last.matches(".problem"));
  return true;
};

// ── a question or a query that is edited where it stands ──

let form = null;

const closeForm = () => {
  if (!form) return;
  form.previousElementSibling.hidden = false;
  form.remove();
  form = null;
};

const openForm = (instead, button, label, note, send) => {
  closeForm();
  form = made("editing");
  const field = form.querySelector("textarea");
  field.value = button.dataset.text;
  field.setAttribute("aria-label", label);
  form.querySelector(".note").textContent = note;
  instead.hidden = true;
  instead.after(form);
  form.querySelector(".cancel").addEventListener("click", () => (closeForm(), button.focus()));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) send(field.value);
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // Enter and Esc are the input method's
    if (event.key === "Escape") form.querySelector(".cancel").click();
    else if (event.key === "Enter" && !event.shiftKey) form.requestSubmit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  field.focus();
  field.select();
};
