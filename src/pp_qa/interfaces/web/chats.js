// Runs once, with Gradio's `element`, `trigger` and `watch`: the list of chats. The server makes it;
// this asks before it deletes, takes a new name, and shows times as they are here.
const told = (deed, row, more) => {
  place = row ? [...element.querySelectorAll(".chat")].indexOf(row) : 0;
  trigger("click", { deed, id: row ? row.dataset.id : "", ...more });
};

window.addEventListener("chats-changed", () => trigger("edit"));

// The list is made anew: the keyboard goes on at the same place in it, or in the conversation
// where that came to the front.
let place = -1;
const goOn = () => {
  if (place < 0 || document.activeElement?.offsetParent) return; // it may be on what is hidden now
  const rows = element.querySelectorAll(".open");
  const next = rows[Math.min(place, rows.length - 1)];
  (next ?? document.querySelector("#chats-words")).focus();
  if (!document.activeElement?.offsetParent) document.querySelector(".log").focus();
  place = -1;
};

const ask = (button, asked) => {
  const place = button.closest(".chat, .every");
  const question = place.querySelector(".sure");
  question.hidden = !asked;
  place.querySelector(".ask-delete").hidden = asked;
  (asked ? question.querySelector(".keep") : place.querySelector(".ask-delete")).focus();
};

const rename = (row) => {
  const open = row.querySelector(".open");
  const field = document.createElement("input");
  field.className = "title";
  field.maxLength = 120;
  field.value = row.dataset.title;
  field.setAttribute("aria-label", "New name of this chat");
  const end = (kept) => {
    field.replaceWith(open);
    if (kept && field.value.trim()) {
      open.textContent = field.value.trim(); // until the list comes
      told("rename", row, { title: field.value });
    }
    open.focus();
  };
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // Enter and Esc are the input method's
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault(); // else the key would go on to the button that has the focus then
    end(event.key === "Enter");
  });
  open.replaceWith(field);
  field.select();
};

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const row = button.closest(".chat");
  const does = (name) => button.classList.contains(name);
  if (does("open")) told("open", row);
  if (does("rename")) rename(row);
  if (does("ask-delete")) ask(button, true);
  if (does("keep")) ask(button, false);
  if (does("delete")) told("delete", row);
  if (does("delete-all")) told("delete-all", null);
  // What is open is no longer what the address says.
  if (does("open") || does("delete-all")) history.replaceState(null, "", "/");
});

const localise = () =>
  element.querySelectorAll("time").forEach((time) => {
    const at = new Date(time.dateTime);
    time.textContent = at.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  });
watch("value", () => {
  localise();
  requestAnimationFrame(goOn);
});
localise();
