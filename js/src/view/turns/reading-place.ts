/** The place at which the user reads. It stays where it is on the screen while the height of a box changes. */

/** Distance from the corner of what is visible to a point that lies on the content, and not on a border. */
const CORNER_PIXELS = 8;

/** A place that has moved by less than this is where it was: less than one line. */
const SLACK_PIXELS = 12;

/**
 * Change the height of a box inside a page that scrolls, and scroll the page so that what the user reads stays.
 *
 * @param followsEnd Whether the user reads the end of the box.
 * @returns Whether the place has stayed. It cannot stay where the page is scrolled by a host around it.
 */
export function holdPlace(box: HTMLElement, followsEnd: boolean, change: () => void): boolean {
  const scroller = scrollerOf(box);
  const place = placeIn(box, scroller, followsEnd);
  const before = place();
  // The browser's own anchoring would move the page once more.
  const anchoring = scroller.style.overflowAnchor;
  scroller.style.overflowAnchor = "none";
  change();
  // A box that scrolls itself can keep the place without the page.
  if (!followsEnd) box.scrollTop += place() - before;
  scroller.scrollBy({ top: place() - before, behavior: "instant" });
  scroller.style.overflowAnchor = anchoring;
  return Math.abs(place() - before) < SLACK_PIXELS;
}

/** Return the element that scrolls the page around a box. */
function scrollerOf(box: HTMLElement): HTMLElement {
  for (let node = box.parentElement; node && node !== document.body; node = node.parentElement) {
    const { overflowY } = getComputedStyle(node);
    if ((overflowY === "auto" || overflowY === "scroll") && node.scrollHeight > node.clientHeight)
      return node;
  }
  return (document.scrollingElement ?? document.documentElement) as HTMLElement;
}

/** Choose what is to stay, and return a function that measures where it is on the screen. */
function placeIn(box: HTMLElement, scroller: HTMLElement, followsEnd: boolean): () => number {
  const isPage = scroller === document.scrollingElement;
  const view = isPage ? { top: 0, bottom: innerHeight } : scroller.getBoundingClientRect();
  const { left, top, bottom } = box.getBoundingClientRect();
  const start = () => box.getBoundingClientRect().top;
  const end = () => box.getBoundingClientRect().bottom;
  // What is above the view must not push it down, and what is below cannot.
  if (bottom <= view.top || (followsEnd && bottom <= view.bottom)) return end;
  if (top >= view.bottom) return start;
  const corner = document.elementFromPoint(left + CORNER_PIXELS, Math.max(top, view.top) + CORNER_PIXELS);
  const isInside = corner !== null && corner !== box && box.contains(corner);
  return isInside ? () => corner.getBoundingClientRect().top : start;
}
