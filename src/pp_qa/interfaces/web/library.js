// Runs once, with Gradio's `element` and `trigger`. The server makes all HTML of the list; this
// fetches a part of it at a time. After kept.js; choosing.js, updates.js and changes.js come after.
const all = (selector) => [...element.querySelectorAll(selector)];
const one = (selector) => element.querySelector(selector);
const MEANWHILE = 200; // milliseconds without a key after which the list is filtered

let total = 0;
let next = 0;
let filtering = 0;
let looked = ""; // what was found in the folder when what is shown was made

const say = (line) => { one(".count").textContent = line; };

const ask = async (address, options) => {
  const reply = await fetch(address, options).catch((cause) => {
    throw new Error("The server doesn’t answer; try again.", { cause });
  });
  const body = await reply.json().catch(() => null);
  if (!reply.ok) throw new Error(body?.message ?? reply.statusText);
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
    return say(`The list can’t be had: ${problem.message}`);
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
  looked = part.looked;
  say(part.count);
  one(".behind p").textContent = part.behind;
  one(".behind").hidden = !part.behind;
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

// The list is there at once; what has changed in the folder is looked for behind it.
const look = async () => {
  try {
    if ((await get("page/look")) !== looked) await fill();
  } catch (problem) {
    say(`The folder can’t be looked at: ${problem.message}`);
  }
};

// The index and the folder may have changed while another tab, or another window, was in front.
let inView = false;
new IntersectionObserver((seen) => {
  inView = seen.at(-1).isIntersecting;
  if (inView) fill().then(look);
}).observe(element);
window.addEventListener("focus", () => inView && look());

// ── what is clicked ──────────────────────────────────────────────────────────

const clicks = {
  ".read": ({ dataset }) => {
    window.dispatchEvent(new CustomEvent("source-asked", { detail: dataset.document }));
    trigger("read", { document: dataset.document });
  },
  ".further": () => fill(true),
};

element.addEventListener("click", (event) => {
  for (const [selector, act] of Object.entries(clicks)) {
    const button = event.target.closest(selector);
    if (button) return act(button);
  }
});
