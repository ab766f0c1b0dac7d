// Runs once, after library.js: how far an update of the index is, and what was done.
const NEWS = 6; // lines that are kept of what went well; what failed stays until it is cleared
const LOST =
  "The server was started again meanwhile. If the list doesn’t have it, rebuild the index.";

const news = (line, kind = "", label = "", act = null) => {
  const item = document.createElement("li");
  item.className = kind;
  item.append(Object.assign(document.createElement("span"), { textContent: line, dir: "auto" }));
  if (act) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
    button.addEventListener("click", act);
    item.append(button);
  }
  one(".news").prepend(item);
  for (const old of all(".news li:not(.problem)").slice(NEWS)) old.remove();
  return item;
};

const complain = (line) => news(line, "problem");

// ── the update ───────────────────────────────────────────────────────────────

const open = one(".drop") !== null; // whether anything may be changed here
const pause = (time) => new Promise((done) => setTimeout(done, time));
let following = null;

const IDLE = { running: false, share: null };
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
    } catch (problem) {
      show(IDLE); // nobody knows how far it is
      throw problem;
    } finally {
      following = null;
    }
  })();
  return following;
};

// The end of the update that was asked for, which is the one after that of a number.
const ended = async ({ after }) => {
  await follow(); // it may have looked for the last time before this update was asked for
  await follow();
  const state = await get(`page/update?after=${after}`);
  trigger("changed", { shown: shown() });
  await fill();
  await look();
  if (!state.outcome) throw new Error(LOST);
  if (state.outcome === "failed") complain(state.ended);
  return state;
};

// What was pressed to update may be gone when that is done, and the keyboard with it.
const update = async (rebuild) => {
  try {
    const state = await ended(await post("page/update", { rebuild }));
    if (document.activeElement === document.body) one(".rebuild").focus({ preventScroll: true });
    if (state.outcome !== "failed") news(state.ended);
    if (state.unread) complain(state.unread);
  } catch (problem) {
    complain(problem.message);
  }
};

Object.assign(clicks, {
  ".clear": () => {
    one(".news").replaceChildren();
    one(".filter").focus();
  },
  ".update": () => update(false),
  ".rebuild": () => update(true),
  ".updating .stop": () => post("page/stop", {}).catch((problem) => complain(problem.message)),
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
