// The layout of the diagram: how high its pictures are drawn, and where everything goes. No DOM.

import { measure } from "./measure.js";
import { place } from "./place.js";

export { shapeText, SLANT } from "./sizes.js";

// Of the largest picture: the tallest that costs no extra row.
const HEIGHTS = [170, 160, 150, 140, 130, 120, 112, 104, 98, 92];
const SMALL_HEIGHTS = [82, 74, 67, 60]; // where only these fit
const SCROLLED = 82; // where nothing does: some of it in view, and still to be read
const EDGE = 6;

function heightOf(list) {
  return Math.ceil(list.above + list.below) + 2 * EDGE;
}

function widthOf(list) {
  return Math.ceil(list.width) + 2 * EDGE;
}

/**
 * Whether everything that is open can be seen at once: no higher than `limit`, no wider than
 * `available`, and no block's inside broken into rows.
 */
export function fits(tree, isOpen, available, limit) {
  const list = measure(tree, isOpen, available - 2 * EDGE, SMALL_HEIGHTS.at(-1));
  return !list.wrapped && heightOf(list) <= limit && widthOf(list) <= available;
}

// The best of the lists that `at` measures at the heights above.
function chosen(at, low) {
  const least = at(HEIGHTS.at(-1));
  if (low(least)) {
    const { length } = least.rows;
    for (const tallest of HEIGHTS.slice(0, -1)) {
      const list = at(tallest);
      if (list.rows.length === length && low(list)) return list;
    }
    return least;
  }
  if (!low(at(SMALL_HEIGHTS.at(-1)))) return at(SCROLLED);
  return SMALL_HEIGHTS.map(at).find(low);
}

/**
 * Arrange a tree of nodes in as many rows as the width needs.
 *
 * The largest picture becomes as high as costs no further row, and no more than `limit` in all if
 * that can be helped. Returns a `Drawing` (frames, boxes, wires, joints, notes, windows; see
 * `place.js`) with its `width`, `height`, `scale` and number of `rows`.
 */
export function arrange(tree, available, isOpen = () => true, limit = Infinity) {
  const at = (tallest) => measure(tree, isOpen, available - 2 * EDGE, tallest);
  const low = (list) => heightOf(list) <= limit;
  const list = chosen(at, low);
  return Object.assign(place(list, EDGE, EDGE), {
    width: widthOf(list),
    height: heightOf(list),
    scale: list.scale,
    rows: list.rows.length,
  });
}
