// Runs once, after awake.js and before source.js. What was asked for is waited for, and where it
// doesn't come the pane says so; what is open stays.
const SOON = 600; // milliseconds after which one asks whether the server is there
const UNOPENED = {
  refused: "too many questions wait, or something went wrong here. Choose it again.",
  gone: "the page’s server doesn’t answer. It has been stopped, or the connection to it is cut."
    + " Choose it again once the server is there.",
  "logged-out": "you are no longer logged in. ",
};
let awaited = null;

const unsay = () => element.querySelector(".unopened")?.remove();

const sayUnopened = (why) => {
  const said = { className: "unopened", textContent: `${awaited.name} can’t be opened: ${UNOPENED[why]}` };
  const line = Object.assign(document.createElement("p"), said);
  line.setAttribute("role", "alert");
  if (why === "logged-out") {
    line.append(Object.assign(document.createElement("a"), { href: "/login", textContent: "Log in again" }));
  }
  unsay();
  (element.querySelector("header") ?? element.querySelector(".source")).append(line);
  awaited = null;
  window.dispatchEvent(new CustomEvent("pane-wanted", { detail: "source" }));
};

window.addEventListener("source-asked", async ({ detail }) => {
  const mine = (awaited = { name: detail });
  unsay();
  for (let wait = SOON; awaited === mine; wait = LOOK_AGAIN) {
    await pause(wait);
    const why = awaited === mine && (await trouble());
    if (why && awaited === mine) sayUnopened(why);
  }
});

window.addEventListener("source-come", () => (awaited = null));

window.addEventListener("source-failed", async () => {
  const mine = awaited;
  const why = (await trouble()) || "refused";
  if (mine && awaited === mine) sayUnopened(why);
});
watch("value", unsay);
