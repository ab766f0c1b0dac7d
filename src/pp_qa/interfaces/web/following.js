// The pages of a PDF beside its text: where one scrolls the one, the other shows the same page.
let leading = null; // the side that was used last, until the next quote is opened
let following = null;

const follow = () => {
  following = null;
  if (!looking.beside || !leading?.isConnected || !reading.pages.length) return;
  const seen = pageInView() - 1, read = lineAt(shareOf(reading.text))[0];
  if (seen < 0 || seen === read) return;
  if (leading === looking.place) readOn(seen);
  else looking.place.scrollTop = sheetAt(read).offsetTop - 12;
};

const shareOf = ({ scrollTop, scrollHeight, clientHeight }) =>
  scrollTop / Math.max(1, scrollHeight - clientHeight);

// Its sign says where a page begins; in a leaf that isn't filled in it is about there.
const readOn = (page) => {
  const { text, leaves, pages } = reading;
  const [start] = pages[page];
  const sign = text.querySelector(`.folio[data-index="${page}"]`);
  const leaf = leaves.findLast(({ dataset }) => dataset.start <= start) ?? leaves[0];
  const through = (start - leaf.dataset.start) / (leaf.dataset.end - leaf.dataset.start || 1);
  text.scrollTop += sign ? placeOf(sign) : placeOf(leaf) + through * leaf.offsetHeight;
};

for (const way of ["wheel", "touchstart", "pointerdown", "keydown"]) {
  const lead = ({ target, altKey }) => {
    const side = target.closest(".turn-to") ? looking.place : target.closest(".text, .sheets");
    if (side && !altKey) leading = side;
  };
  element.addEventListener(way, lead, { passive: true, capture: true });
}
const scrolled = ({ target }) => {
  if (target === leading) following ||= requestAnimationFrame(follow);
};
element.addEventListener("scroll", scrolled, { capture: true });
