// The pages of the open PDF as they look, with a box on each stretch of a quote: beside the text on
// a wide window, else in its place. Pictures of pages far from the window are not in the page.
const WIDTHS = [600, 900, 1300, 1900, 2800]; // as the server makes them
const ZOOMS = [1, 1.4, 2, 3];
const LEGIBLE = 0.9; // pixels for a point of the page, at the least, until one chooses
const looking = { shown: false, zoom: 0, chosen: null, query: "", place: null, top: 0, sizes: null, time: 0 };

// Whether there is room for both: the style sheet knows, and then offers no choice.
const isBeside = (open) => getComputedStyle(open.querySelector(".choice")).display === "none";

const openSheets = async (open) => {
  const place = open.querySelector(".sheets");
  if (!place) return;
  looking.watcher?.disconnect();
  show(looking.shown);
  const query = open.dataset.query;
  const sheets = looking.query === query ? [...looking.place.querySelectorAll(".sheet")] : [];
  const time = looking.time + 1; // what was begun before this is left where it stands
  Object.assign(looking, { place, query, time, beside: isBeside(open) });
  const said = await sizesOf(query); // also where they are not looked at yet: it takes a start
  if (looking.time !== time || !(looking.shown || looking.beside)) return;
  if (!said.sizes) return place.replaceChildren(sentence(said.message));
  place.replaceChildren(...(sheets.length ? sheets : said.sizes.map(sheetOf)));
  for (const box of place.querySelectorAll(".box")) box.remove();
  place.onscroll = () => (looking.drawing ||= requestAnimationFrame(showSheet));
  const quotes = JSON.parse(open.dataset.quotes);
  const [page, through] = quotes.length ? pageOf(quotes[0][1]) : [0, 0]; // the first may have no text
  const [wide] = said.sizes[page];
  const legible = ZOOMS.findIndex((zoom) => zoom * place.clientWidth >= LEGIBLE * wide);
  zoomTo(looking.chosen ?? (legible < 0 ? ZOOMS.length - 1 : legible));
  const sheet = place.children[page];
  // Where the quote is, as far as can be told before its boxes are there: but what is looked at
  // already stays until they are.
  const guess = quotes.length ? through * sheet.offsetHeight - place.clientHeight / 3 : 0;
  place.scrollTop = sheets.length ? looking.top : sheet.offsetTop - 12 + Math.max(0, guess);
  picture(sheet);
  looking.watcher = new IntersectionObserver(draw, { root: place, rootMargin: "900px 0px" });
  for (const each of place.children) looking.watcher.observe(each);
  showSheet();
  if (quotes.length) await box(open, quotes, JSON.parse(open.dataset.answer));
  const find = finding.finds[finding.at];
  if (find) boxFind(...find);
};

// Asked for once, as long as the answer is one.
const sizesOf = async (query) => {
  if (looking.sizes?.query !== query) looking.sizes = { query, said: learn(`page/sheets?${query}`) };
  const said = await looking.sizes.said;
  if (!said.sizes) looking.sizes = null;
  return said;
};

// The page on which a place of the text is, and about how far down on it.
const pageOf = (start) => {
  const page = Math.max(0, reading.pages.findLastIndex(([first]) => first <= start));
  const [first] = reading.pages[page], end = reading.pages[page + 1]?.[0] ?? reading.length;
  return [page, (start - first) / (end - first || 1)];
};

const show = (pages) => {
  const open = element.querySelector(".source");
  open.querySelector(".text").hidden = pages;
  open.querySelector(".sheets").hidden = !pages;
  open.querySelector(".turning").hidden = !pages;
  for (const view of open.querySelectorAll(".view")) {
    view.setAttribute("aria-pressed", String((view.dataset.view === "pages") === pages));
  }
};

const sheetOf = ([width, height], i) => {
  const sheet = document.createElement("div");
  sheet.className = "sheet";
  sheet.dataset.page = i + 1;
  sheet.style.aspectRatio = `${width} / ${height}`;
  return sheet;
};

// Above them may stand why there are no boxes.
const sheetAt = (index) => looking.place.querySelectorAll(".sheet")[index];

const draw = (seen) => {
  for (const { target: sheet, isIntersecting } of seen) {
    sheet.near = isIntersecting;
    if (!isIntersecting) sheet.querySelector("img")?.remove();
    // What is only passed by is not asked for.
    else setTimeout(() => sheet.near && picture(sheet), 80);
  }
};

const picture = (sheet) => {
  const wanted = sheet.clientWidth * window.devicePixelRatio;
  const width = WIDTHS.find((w) => w >= wanted) || WIDTHS.at(-1);
  let image = sheet.querySelector("img");
  if (image && Number(image.dataset.width) >= width) return;
  const name = reading.pages[sheet.dataset.page - 1]?.[1] || `page ${sheet.dataset.page}`;
  for (const before of sheet.querySelectorAll("img, .failed")) before.remove();
  image = document.createElement("img");
  image.alt = name;
  image.dataset.width = width;
  image.onerror = () => image.replaceWith(sentence("This page can’t be shown."));
  image.src = `page/sheet.png?${looking.query}&page=${sheet.dataset.page}&width=${width}`;
  sheet.prepend(image);
  return image;
};

const box = async (open, quotes, answer) => {
  const { time } = looking;
  const marked = answer.length ? [...quotes, [0, ...answer]] : quotes;
  const spans = marked.map(([, start, end]) => `${start}-${end}`).join(",");
  const { boxes, message } = await learn(`page/boxes?${open.dataset.query}&spans=${spans}`);
  if (looking.time !== time) return;
  if (!boxes) return looking.place.prepend(sentence(message));
  boxes.forEach((found, i) => {
    for (const place of found) looking.place.children[place.page - 1]?.append(boxOf(place, marked[i], i));
  });
  bring(looking.place.querySelector(".box.open"));
};

const boxFind = async (start, end) => {
  const { place, query } = looking;
  if (!place?.querySelector(".sheet") || !(looking.shown || looking.beside)) return;
  const { boxes } = await learn(`page/boxes?${query}&spans=${start}-${end}`);
  if (looking.place !== place || finding.finds[finding.at]?.[0] !== start) return;
  unboxFind();
  for (const found of boxes?.[0] ?? []) {
    const box = boxOf(found, [0], 0);
    box.className = "box find";
    sheetAt(found.page - 1).append(box);
  }
  bring(place.querySelector(".box.find"));
};

const unboxFind = () => {
  for (const box of element.querySelectorAll(".box.find")) box.remove();
};

const bring = (first) => {
  if (!first) return;
  const at = first.getBoundingClientRect(), room = looking.place.getBoundingClientRect();
  looking.place.scrollTop += at.top - room.top - looking.place.clientHeight / 3;
  looking.place.scrollLeft += at.left - room.left - 24;
};

const boxOf = ({ left, top, right, bottom }, [number], i) => {
  const box = document.createElement("div");
  const parts = { left, top, width: right - left, height: bottom - top };
  for (const [name, part] of Object.entries(parts)) box.style[name] = `${100 * part}%`;
  box.className = `box ${i === 0 ? "open" : number ? "other" : "answer"}`;
  if (i === 0 || !number) return box;
  box.dataset.turn = element.querySelector(".source").dataset.turn;
  box.dataset.number = number;
  box.title = `Quote ${number}: open it`;
  box.setAttribute("role", "link");
  box.tabIndex = 0;
  return box;
};

const showSheet = () => {
  const { place } = looking;
  looking.drawing = null;
  looking.top = place.scrollTop;
  const page = pageInView();
  if (!page) return;
  const [spot, at] = [".spot", ".at"].map((name) => place.parentElement.querySelector(name));
  at.textContent = nameOf(page - 1);
  if (!looking.beside) spot.textContent = at.textContent; // the style sheet shows one of them
};

const pageInView = () => {
  const line = looking.place.getBoundingClientRect().top + looking.place.clientHeight / 3;
  const sheets = [...looking.place.querySelectorAll(".sheet")];
  const seen = sheets.find((sheet) => sheet.getBoundingClientRect().bottom > line) || sheets.at(-1);
  return seen ? Number(seen.dataset.page) : 0;
};

const turnTo = (by) => {
  const sheet = sheetAt(pageInView() - 1 + Number(by));
  if (sheet) looking.place.scrollTop = sheet.offsetTop - 12;
};

const zoomTo = (zoom) => {
  const { place } = looking;
  looking.zoom = Math.min(ZOOMS.length - 1, Math.max(0, zoom));
  const through = place.scrollTop / (place.scrollHeight || 1);
  place.style.setProperty("--zoom", ZOOMS[looking.zoom]);
  place.scrollTop = through * place.scrollHeight;
  for (const sheet of place.querySelectorAll(".sheet")) if (sheet.near) picture(sheet);
  for (const button of element.querySelectorAll(".zoom")) {
    button.disabled = looking.zoom === (button.dataset.by < 0 ? 0 : ZOOMS.length - 1);
  }
};

const learn = async (address, lacking = "The pages can’t be shown") => {
  try {
    return await (await fetch(address)).json();
  } catch {
    return { message: `${lacking}: the server doesn’t answer.` };
  }
};

const sentence = (text) => {
  const said = document.createElement("p");
  said.className = "failed";
  said.textContent = text;
  return said;
};

element.addEventListener("click", (event) => {
  const button = event.target.closest(".view, .turn-to, .zoom");
  if (!button) return;
  if (button.matches(".turn-to")) return turnTo(button.dataset.by);
  if (button.matches(".zoom")) {
    zoomTo(looking.zoom + Number(button.dataset.by));
    looking.chosen = looking.zoom; // for what is opened next too
    return;
  }
  looking.shown = button.dataset.view === "pages";
  openSheets(element.querySelector(".source"));
  if (!looking.shown) settle();
});
