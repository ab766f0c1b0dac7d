// Runs once, with the page: files may be dropped anywhere on it. The Documents tab, which takes them,
// is made when it is first opened.
const page = document.getElementById("page");
const open = page.classList.contains("open"); // whether anything may be added

const library = () =>
  new Promise((ready) => {
    const made = document.querySelector(".library") !== null;
    if (!made) window.addEventListener("library-ready", ready, { once: true });
    window.dispatchEvent(new CustomEvent("pane-wanted", { detail: "library" }));
    if (made) ready();
  });

const handOver = async (name, detail) => {
  await library();
  window.dispatchEvent(new CustomEvent(name, { detail }));
};

window.addEventListener("add-files", () => handOver("choose-files"));

// What was dropped, with the files in folders, but for hidden ones and those that Office puts beside
// an open file, as a scan of the folder does it.
const HIDDEN = /^(\.|~\$)/;
const within = async (entries) => {
  const files = [];
  const walk = async (entry) => {
    if (entry.isFile) return files.push(await new Promise((done, fail) => entry.file(done, fail)));
    const reader = entry.createReader();
    for (;;) { // it gives a hundred at a time
      const part = await new Promise((done, fail) => reader.readEntries(done, fail));
      if (!part.length) return;
      for (const child of part) if (!HIDDEN.test(child.name)) await walk(child);
    }
  };
  for (const entry of entries) await walk(entry);
  return files;
};

const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
const hover = (on) => document.body.toggleAttribute("data-dropping", on);

// Where nothing may be added too: a file that is dropped would take the place of the page.
window.addEventListener("dragover", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = open ? "copy" : "none";
  hover(open);
});
window.addEventListener("dragleave", (event) => event.relatedTarget === null && hover(false));
window.addEventListener("drop", async (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  hover(false);
  if (!open) return;
  const plain = [...event.dataTransfer.files];
  const entries = [...event.dataTransfer.items].map((i) => i.webkitGetAsEntry?.()).filter(Boolean);
  handOver("files-dropped", entries.length ? await within(entries).catch(() => plain) : plain);
});
