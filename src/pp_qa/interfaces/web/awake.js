// Runs once, before asking.js and opening.js: whether the page's server answers, and still knows who asks. Gradio
// tells the page of neither: it waits for what will not come.
const LOOK_AGAIN = 2000; // milliseconds between two looks while a question runs
const PATIENCE = 8000; // a busy server may take a while

// What failed, beside the button that was to do it; "" for nothing.
const tellBeside = (button, textContent) => {
  button.parentElement.querySelector(".failure")?.remove();
  if (!textContent) return;
  const said = { className: "failure", role: "alert", textContent };
  button.parentElement.append(Object.assign(document.createElement("span"), said));
};

const pause = (time) => new Promise((done) => setTimeout(done, time));

// Why nothing can be asked; "" when it can.
const trouble = async () => {
  try {
    const options = { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) };
    const { ok, status } = await fetch("gradio_api/app_id", options);
    return ok ? "" : status === 401 ? "logged-out" : "gone";
  } catch {
    return "gone";
  }
};
