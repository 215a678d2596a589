// How large everything in the diagram is drawn. Heights and widths of pictures, numbers of channels
// and lengths of rows of values are each on one scale for the whole network. No DOM.

const DEEPEST = 0.28; // of the largest picture's height: the depth of the most channels
const FEW_CHANNELS = 16; // where there are fewer, none looks deep
const SMALLEST = 3;
const PLATE_WIDTH = 5;
const ROW_WIDTH = 9; // of a row of values, standing upright
const UNKNOWN = 26; // side of a layer that was not reached
const LETTER = 6.6; // a letter of a name, 11 pixels high and all of one width
const SMALL_LETTER = 5.8; // about, of other labels
const LONGEST_NAME = 18;

export const SLANT = 0.5; // how far up a block's depth goes for each pixel to the right

export function shapeText(shape) {
  return shape.join("×");
}

/** A name as a label: cut where it would push the layers apart. */
export function labelled(name) {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;
}

/** How wide a label is, about. */
export function textWidth(text, { name = false } = {}) {
  return text.length * (name ? LETTER : SMALL_LETTER);
}

// What is seen of a shape as [channels, height, width]: a volume's first slice, a signal's line.
function seen(shape) {
  return [shape[0], shape.length > 2 ? shape.at(-2) : 1, shape.at(-1)];
}

/** One scale each for sides, channels and rows of values, for the shapes of everything drawn. */
export function scales(shapes, tallest) {
  const largest = { side: 1, channels: FEW_CHANNELS, row: 1 };
  for (const shape of shapes) {
    if (shape.length === 1) {
      largest.row = Math.max(largest.row, shape[0]);
    } else {
      const [channels, height, width] = seen(shape);
      largest.side = Math.max(largest.side, height, width);
      largest.channels = Math.max(largest.channels, channels);
    }
  }
  return {
    side: tallest / largest.side,
    depth: (DEEPEST * tallest) / largest.channels,
    row: tallest / largest.row,
  };
}

/** The { width, height, depth } in pixels of an item's block: its front face, and how far back. */
export function sizeOf({ shape, plate }, scale) {
  if (!shape) return { width: UNKNOWN, height: UNKNOWN, depth: 0 };
  if (shape.length === 1) {
    const height = Math.max(SMALLEST, shape[0] * scale.row);
    return { width: plate ? PLATE_WIDTH : ROW_WIDTH, height, depth: 0 };
  }
  const [channels, height, width] = seen(shape);
  return {
    width: plate ? PLATE_WIDTH : Math.max(SMALLEST, width * scale.side),
    height: Math.max(SMALLEST, height * scale.side),
    depth: plate ? 0 : Math.max(1, channels * scale.depth),
  };
}
