/** Where the window lies; the formulas of explorer/windows/geometry.py. No DOM. */

/** Cells the window covers per axis, gaps included. */
export function spanOf({ kernelSize, dilation }) {
  return kernelSize.map((size, axis) => dilation[axis] * (size - 1) + 1);
}

/** Per axis, the padded-input indices read for the output cell at `position`. */
export function cellsAt({ kernelSize, stride, dilation }, position) {
  return position.map((at, axis) =>
    Array.from({ length: kernelSize[axis] }, (_, k) => at * stride[axis] + k * dilation[axis]),
  );
}

/** Size of the input with its padding, per axis. */
export function paddedSize({ padding }, size) {
  return size.map((cells, axis) => cells + padding[axis][0] + padding[axis][1]);
}

/** Output position of a step; cells are visited row by row. */
export function positionOf(step, size) {
  const position = new Array(size.length);
  for (let axis = size.length - 1; axis >= 0; axis--) {
    position[axis] = step % size[axis];
    step = Math.floor(step / size[axis]);
  }
  return position;
}

/** The step that visits a position, which is clamped into the output first. */
export function stepAt(position, size) {
  return position.reduce(
    (step, at, axis) => step * size[axis] + Math.max(0, Math.min(size[axis] - 1, at)),
    0,
  );
}

/** The step at the same relative place of another output, so that a change of settings stays put. */
export function carryStep(step, oldSize, newSize) {
  const position = positionOf(step, oldSize).map((at, axis) =>
    Math.round((at / Math.max(1, oldSize[axis] - 1)) * (newSize[axis] - 1)),
  );
  return stepAt(position, newSize);
}

/**
 * Rectangles that together hold the cells of steps `from`..`to` - 1 of a map `columns` wide.
 * @returns {Array<{x: number, y: number, width: number, height: number}>} at most three
 */
export function filledRectangles(from, to, columns) {
  const rectangles = [];
  const add = (x, y, width, height) => {
    if (width > 0 && height > 0) rectangles.push({ x, y, width, height });
  };
  const [firstRow, firstColumn] = [Math.floor(from / columns), from % columns];
  const [lastRow, lastColumn] = [Math.floor(to / columns), to % columns];
  if (firstRow === lastRow) {
    add(firstColumn, firstRow, lastColumn - firstColumn, 1);
    return rectangles;
  }
  add(firstColumn, firstRow, columns - firstColumn, 1);
  add(0, firstRow + 1, columns, lastRow - firstRow - 1);
  add(0, lastRow, lastColumn, 1);
  return rectangles;
}
