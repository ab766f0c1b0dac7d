// The text of the open document, leaf by leaf: what is far from the window is not in the page.
// A leaf that is not filled in is as high as it probably will be, or as it was.
const AHEAD = 1500; // pixels beyond the window that are filled in
const reading = { text: null, leaves: [], kept: new Map(), watcher: null };

const openText = (open) => {
  reading.watcher?.disconnect();
  const text = (reading.text = open.querySelector(".text"));
  const leaves = (reading.leaves = [...text.querySelectorAll(".leaf")]);
  reading.kept = new Map();
  for (const leaf of leaves) if (leaf.firstChild) reading.kept.set(leaf, leaf.innerHTML);
  text.scrollTop = 0;
  reading.gone = reading.seen = null;
  text.onscroll = () => (reading.drawing ||= requestAnimationFrame(showSpot));
  estimate();
  reading.query = open.dataset.query;
  reading.length = Number(open.dataset.length ?? 0); // 0 where only the text around a quote was kept
  reading.pages = JSON.parse(open.dataset.pages ?? "[]");
  if (!reading.length) return;
  const room = { root: text, rootMargin: `${AHEAD}px 0px` };
  reading.watcher = new IntersectionObserver((seen) => {
    if (!text.clientHeight) return; // another tab is in front: what is read stays as it is
    for (const { target, isIntersecting } of seen) {
      target.near = isIntersecting;
      isIntersecting ? fill(target) : empty(target);
    }
  }, room);
  for (const leaf of leaves) reading.watcher.observe(leaf);
};

// How high a code point is, on the whole, at this width: known from what is filled in.
const estimate = () => {
  let height = 0, length = 0;
  for (const leaf of reading.leaves) {
    if (!leaf.firstChild) { leaf.style.height = ""; continue; }
    height += leaf.offsetHeight;
    length += leaf.dataset.end - leaf.dataset.start;
  }
  if (height) reading.text.style.setProperty("--per", `${height / length}px`);
};

const fill = (leaf) =>
  leaf.firstChild ? null : (leaf.awaited ||= fillIn(leaf).finally(() => (leaf.awaited = null)));

const fillIn = async (leaf) => {
  const { kept, query } = reading;
  if (!kept.has(leaf)) {
    const part = await ask(`page/text?${query}&start=${leaf.dataset.start}&end=${leaf.dataset.end}`);
    if (reading.kept !== kept) return; // another document was opened meanwhile
    if (part.ok) kept.set(leaf, part.markup); // else it is asked for when it comes near again
    else if (leaf.near) put(leaf, part.markup);
  }
  if (leaf.near && !leaf.firstChild) put(leaf, kept.get(leaf));
};

// What is under a leaf that begins above the window stays where it is on the screen.
const put = (leaf, markup) => {
  const { text } = reading;
  const before = leaf.offsetHeight;
  const above = leaf.getBoundingClientRect().top < text.getBoundingClientRect().top;
  leaf.style.height = "";
  leaf.innerHTML = markup;
  if (above) text.scrollTop += leaf.offsetHeight - before;
  if (finding.finds.length) drawFinds();
  showSpot();
  if (leading === looking.place) scrolled({ target: leading }); // it is known now where a page begins
};

const empty = (leaf) => {
  const selected = window.getSelection();
  if (!leaf.firstChild || (!selected.isCollapsed && selected.containsNode(leaf, true))) return;
  leaf.style.height = `${leaf.offsetHeight}px`;
  leaf.replaceChildren();
};

const ask = async (address) => {
  try {
    const reply = await fetch(address);
    if (reply.ok) return { ok: true, markup: await reply.text() };
    return { markup: sentence((await reply.json()).message).outerHTML };
  } catch {
    return { markup: sentence("This part can’t be read: the server doesn’t answer.").outerHTML };
  }
};

// Where one is: the page, and how far through the text. That is where the quote is that was gone to,
// until one scrolls, and then a line that goes from the top of the window to its foot as one goes
// through the text, so that the first page and the last come to be.
const showSpot = () => {
  reading.drawing = null;
  const spot = element.querySelector(".spot");
  const { text, leaves, pages, length } = reading;
  if (!leaves.length || !text.clientHeight) return;
  const edge = text.scrollHeight - text.clientHeight;
  const share = edge > 0 ? text.scrollTop / edge : 0;
  const quote = atQuote();
  const [page, at] = quote ?? lineAt(share);
  if (width === element.clientWidth) reading.seen = { at, share, quote };
  if (!spot || !length) return;
  const percent = edge > 0 ? `${Math.round((100 * at) / length)} %` : "";
  spot.textContent = [pages.length > 1 ? nameOf(page) : "", percent].filter(Boolean).join(" · ");
};

// Lines as wide as before or not: one is at the same quote, or else the same line is where it was.
const keepSpot = () => {
  const { text, leaves, seen } = reading; // before it is told anew
  estimate();
  if (!seen || !text.clientHeight) return;
  if (seen.quote) return showMark(text);
  const leaf = leaves.findLast(({ dataset }) => dataset.start <= seen.at) ?? leaves[0];
  const { start, end } = leaf.dataset;
  const through = (seen.at - start) / (end - start || 1);
  text.scrollTop += placeOf(leaf) + through * leaf.offsetHeight - seen.share * text.clientHeight;
  showSpot();
};

const placeOf = (part) => part.getBoundingClientRect().top - reading.text.getBoundingClientRect().top;

const atQuote = () => {
  const { mark, top, start } = reading.gone ?? {};
  if (!mark?.isConnected || Math.abs(placeOf(mark) - top) > 2) return null;
  return [Math.max(0, reading.pages.findLastIndex(([first]) => first <= start)), start];
};

const lineAt = (share) => {
  const { text, leaves } = reading;
  const line = text.getBoundingClientRect().top + share * text.clientHeight;
  let low = 0, high = leaves.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    leaves[middle].getBoundingClientRect().bottom > line ? (high = middle) : (low = middle + 1);
  }
  const box = leaves[low].getBoundingClientRect();
  const through = Math.min(1, Math.max(0, (line - box.top) / (box.height || 1)));
  const { start, end } = leaves[low].dataset;
  const at = Number(start) + through * (end - start);
  return [pageAt(line, at), at];
};

const pageAt = (line, at) => {
  const { text, pages } = reading;
  const signs = [...text.querySelectorAll(".folio")];
  const last = signs.filter((sign) => sign.getBoundingClientRect().top <= line).pop();
  let index = last ? Number(last.dataset.index) : signs.length ? signs[0].dataset.index - 1 : -1;
  if (!signs.length) index = pages.findLastIndex(([start]) => start <= at);
  return Math.max(0, index);
};

const nameOf = (index) => {
  const { pages } = reading;
  const name = pages[index]?.[1] || `page ${index + 1}`;
  return /\b\d+$/.test(name) && name.endsWith(` ${index + 1}`)
    ? `${name} of ${pages.length}`
    : `${name} (${index + 1} of ${pages.length})`;
};
