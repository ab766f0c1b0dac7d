// Before conversation.js and source.js: copies, and says so on the button for a moment.
const copyFrom = async (button, text) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // there is no clipboard outside localhost and https
    const area = document.body.appendChild(document.createElement("textarea"));
    area.value = text;
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  const label = (button.dataset.label ??= button.textContent);
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = label), 1500);
};
