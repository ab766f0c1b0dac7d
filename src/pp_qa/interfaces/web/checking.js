// Runs once, after kept.js and awake.js, with Gradio's `element` and `trigger`: the form of *Check a quote*.
const form = element.querySelector("form");
const UNCHECKED = {
  gone: "Not checked: the server doesn’t answer.",
  "logged-out": "Not checked: you are no longer logged in.",
};

const typed = () => Object.fromEntries(new FormData(form));
for (const [name, text] of Object.entries(kept("check") ?? {})) form.elements[name].value = text;
form.addEventListener("input", () => {
  form.dataset.going = ""; // on writing: the keyboard stays
  keep("check", typed());
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  delete form.dataset.going;
  const asked = typed(); // before one goes on writing
  const why = await trouble();
  tellBeside(form.querySelector("button"), UNCHECKED[why] ?? "");
  if (!why) trigger("submit", asked);
});

form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});
