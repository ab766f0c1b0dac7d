// Runs once, after asking.js: the keyboard. Letters count only where nothing can be typed, and
// those between quotes only inside the conversation, so that no reading aid loses its own.
const send = () => (box().value.trim() ? ask(box().value, { typed: true }) : box().focus());

const toTheQuestion = () => {
  window.dispatchEvent(new CustomEvent("pane-wanted", { detail: "talk" }));
  box().focus();
};

const beside = (step) => {
  const chips = [...element.querySelectorAll(".chip")];
  const at = chips.indexOf(document.activeElement.closest(".card")?.querySelector(".chip"));
  const turn = document.activeElement.closest(".turn");
  const first = chips.findIndex((chip) => turn?.contains(chip)); // after asking again, of that
  const outside = first >= 0 ? first + Math.min(0, step) : step > 0 ? 0 : chips.length - 1;
  chips[at < 0 ? outside : at + step]?.focus();
};

const ENTERING = "#anew, #chats .open";

document.addEventListener("click", (event) => {
  // A double click on *Ask*: its second falls on *Stop*, which stands there by now.
  if (event.detail > 1 && event.target.closest("#stop")) return;
  if (event.target.closest("#send")) {
    send();
    if (!event.detail) box().focus(); // by the keyboard, which would be nowhere: the button goes
  } else if (running && event.target.closest(`#stop, ${LEAVING}`)) stop(); // no answer comes elsewhere
  if (event.target.closest(ENTERING))
    window.dispatchEvent(new CustomEvent("pane-wanted", { detail: "talk" }));
});

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.isComposing || event.defaultPrevented) return; // the input method's
  if (document.querySelector("dialog[open]")) return; // its keys are its own
  const asking = target === box();
  const typing = target.closest("textarea, input, select");
  const command = event.ctrlKey || event.metaKey;
  const plain = !command && !event.altKey && !typing;
  if (asking && key === "Enter" && !event.shiftKey) send();
  else if ((plain && key === "/") || (command && key.toLowerCase() === "k")) toTheQuestion();
  else if (key === "Escape" && running) stop();
  else if (key === "Escape" && asking) log().focus();
  else if (plain && key === "j" && element.contains(target)) beside(1);
  else if (plain && key === "k" && element.contains(target)) beside(-1);
  else return;
  event.preventDefault();
});
