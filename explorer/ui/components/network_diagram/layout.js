// Where every block of the diagram goes. Heights and widths of pictures, numbers of channels and
// lengths of rows of values are each drawn on one scale for the whole network.

const HEIGHTS = [150, 130, 110, 92]; // of the largest picture: the tallest that costs no extra row
const DEEPEST = 0.28; // of the largest picture's height: the depth of the most channels
const FEW_CHANNELS = 16; // where there are fewer, none looks deep
const SMALLEST = 3;
const PLATE_WIDTH = 5;
const ROW_WIDTH = 9; // of a row of values, standing upright
const UNKNOWN = 26; // side of a layer that was not reached
const LETTER = 6.4; // average width of a label's letter
const GAP = 18;
const LABELS = 36;
const ROW_GAP = 14;
const EDGE = 4;

export const SLANT = 0.5; // how far up a block's depth goes for each pixel to the right

export function shapeText(shape) {
  return shape.join("×");
}

// What is seen of a shape as [channels, height, width]: a volume's first slice, a signal's line.
function seen(shape) {
  return [shape[0], shape.length > 2 ? shape.at(-2) : 1, shape.at(-1)];
}

// One scale each for sides, channels and rows of values, from everything that is drawn.
export function scales(shapes, tallest) {
  const pictures = shapes.filter((shape) => shape.length > 1).map(seen);
  const rows = shapes.filter((shape) => shape.length === 1);
  return {
    side: tallest / Math.max(1, ...pictures.flatMap(([, height, width]) => [height, width])),
    depth: (DEEPEST * tallest) / Math.max(FEW_CHANNELS, ...pictures.map(([channels]) => channels)),
    row: tallest / Math.max(1, ...rows.map(([length]) => length)),
  };
}

function sizeOf(item, scale) {
  const { shape } = item;
  if (!shape) return { width: UNKNOWN, height: UNKNOWN, depth: 0 };
  if (shape.length === 1) {
    return { width: item.plate ? PLATE_WIDTH : ROW_WIDTH, height: Math.max(SMALLEST, shape[0] * scale.row), depth: 0 };
  }
  const [channels, height, width] = seen(shape);
  return {
    width: item.plate ? PLATE_WIDTH : Math.max(SMALLEST, width * scale.side),
    height: Math.max(SMALLEST, height * scale.side),
    depth: item.plate ? 0 : Math.max(1, channels * scale.depth),
  };
}

/**
 * Arrange the blocks in as many rows as the width needs.
 *
 * An item has a `name`, a `shape` ([channels, height, width], [values] or null when not reached),
 * `plate` for a layer that changes no shape (drawn edge-on), and maybe `kernel`, the cells
 * [height, width] its window covers of the item before. Returns { height, scale, blocks }, a block
 * being { x, y, width, height, depth, labelX, labelY, row } of its front face in pixels.
 */
export function arrange(items, available) {
  const tries = HEIGHTS.map((tallest) => arrangeAt(items, available, tallest));
  const fewest = Math.min(...tries.map((tried) => tried.blocks.at(-1).row));
  return tries.find((tried) => tried.blocks.at(-1).row === fewest);
}

function arrangeAt(items, available, tallest) {
  const scale = scales(items.map((item) => item.shape).filter(Boolean), tallest);
  const cells = items.map((item) => {
    const size = sizeOf(item, scale);
    const label = Math.max(item.name.length, item.plate || !item.shape ? 0 : shapeText(item.shape).length);
    return { ...size, cell: Math.max(size.width + size.depth, label * LETTER) };
  });
  const rows = [];
  let x = Infinity;
  for (const cell of cells) {
    if (x + cell.cell + EDGE > available) {
      rows.push([]);
      x = EDGE;
    }
    rows.at(-1).push(Object.assign(cell, { left: x }));
    x += cell.cell + GAP;
  }
  const blocks = [];
  let top = EDGE;
  rows.forEach((row, number) => {
    const tallest = Math.max(...row.map((cell) => cell.height + cell.depth * SLANT));
    for (const { width, height, depth, cell, left } of row) {
      blocks.push({
        x: left + (cell - width - depth) / 2,
        y: top + (tallest - height + depth * SLANT) / 2,
        width,
        height,
        depth,
        labelX: left + cell / 2,
        labelY: top + tallest + 16,
        row: number,
      });
    }
    top += tallest + LABELS + ROW_GAP;
  });
  return { height: Math.ceil(top - ROW_GAP + EDGE), scale, blocks };
}
