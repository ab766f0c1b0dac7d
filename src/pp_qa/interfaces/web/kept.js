// What this tab keeps, so that neither a reload nor the way over the login loses it, and what of the
// conversation is on the page. Where the browser keeps nothing, it lasts as long as the page.
const known = (window.pp_qa_kept ??= {});

const keep = (name, value) => {
  known[name] = value;
  try {
    sessionStorage.setItem(`pp_qa ${name}`, JSON.stringify(value));
  } catch { /* the page knows it still */ }
};

const kept = (name) => {
  try {
    known[name] ??= JSON.parse(sessionStorage.getItem(`pp_qa ${name}`));
  } catch { /* there is none */ }
  return known[name] ?? null;
};

// The turn of each answer: by them the server finds the conversation again, should it have lost it.
const shown = () => {
  const turns = document.querySelectorAll("#conversation article[data-answer]");
  return Object.fromEntries([...turns].map(({ dataset }) => [dataset.answer, Number(dataset.turn)]));
};
