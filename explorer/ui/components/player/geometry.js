/**
 * Where windows lie: which kernel cell reads which input cell, axis by axis. No DOM.
 *
 * Every operation is a list of taps per axis: for each output index the pairs (kernel index, source
 * input index) it reads. Axes are independent, so the cells of a window are the product of the
 * axes. Everything here has three spatial axes [depth, rows, columns]; fewer are lifted by
 * scene.js. The same closed forms as explorer/windows; tested against PyTorch.
 */

export const PADDING = -1; // a cell of the padding: 0, or minus infinity for a maximum
export const BEYOND = -2; // past the padding, where ceil_mode lets a window reach: not read
export const NO_TAP = -1; // in place of a kernel index: this entry reads nothing

const ADAPTIVE = new Set(["adaptive_max", "adaptive_average"]);
const POOLINGS = new Set(["max", "average", "lp"]);

export const isAdaptive = ({ kind }) => ADAPTIVE.has(kind);
/** Whether windows slide over the input: not adaptive, and not from output back to input. */
export const isSliding = ({ kind }) => kind === "convolution" || POOLINGS.has(kind);
/** Whether the operation multiplies by weights. */
export const hasWeights = ({ kind }) => kind === "convolution" || kind === "transposed";
/** Whether it takes the largest value of a window. */
export const isMaximum = ({ kind }) => kind === "max" || kind === "adaptive_max";

export const productOf = (sizes) => sizes.reduce((product, size) => product * size, 1);

/** Cells the window covers per axis, gaps included. */
export function spanOf({ kernelSize, dilation }) {
  return kernelSize.map((size, axis) => dilation[axis] * (size - 1) + 1);
}

/**
 * The input cell that a coordinate shows: itself inside 0..size - 1, PADDING or, in the modes that
 * repeat the picture, another cell outside.
 */
export function paddedSource(at, size, mode = "zeros") {
  if (at >= 0 && at < size) return at;
  let source = PADDING;
  if (mode === "replicate") source = at < 0 ? 0 : size - 1;
  else if (mode === "circular") source = at < 0 ? at + size : at - size;
  else if (mode === "reflect") source = at < 0 ? -at : 2 * (size - 1) - at;
  return source >= 0 && source < size ? source : PADDING;
}

/** Whether PyTorch accepts this padding; which rule holds depends on the operation. */
function acceptsPadding({ kind, paddingMode }, [before, after], kernel, size) {
  if (before < 0 || after < 0) return false;
  const larger = Math.max(before, after);
  if (kind === "convolution") {
    if (paddingMode === "reflect") return larger < size;
    return paddingMode !== "circular" || larger <= size;
  }
  if (before !== after) return false;
  if (kind === "lp") return larger === 0;
  return !POOLINGS.has(kind) || larger <= Math.floor(kernel / 2);
}

function slidingCount(operation, axis, size) {
  const stride = operation.stride[axis];
  const [before, after] = operation.padding[axis];
  const free = size + before + after - spanOf(operation)[axis];
  if (!operation.ceilMode) return Math.floor(free / stride) + 1;
  const count = Math.ceil(free / stride) + 1;
  // PyTorch: the last window must begin inside the input or the padding before it.
  return (count - 1) * stride >= size + before ? count - 1 : count;
}

function transposedCount(operation, axis, size) {
  const { stride, dilation, outputPadding, padding } = operation;
  const extra = outputPadding?.[axis] ?? 0;
  if (extra < 0 || (extra >= stride[axis] && extra >= dilation[axis])) return 0;
  const [before, after] = padding[axis];
  return (size - 1) * stride[axis] - before - after + spanOf(operation)[axis] + extra;
}

function unpooledCount({ kernelSize, stride, padding, outputSize }, axis, size) {
  const usual = (size - 1) * stride[axis] - 2 * padding[axis][0] + kernelSize[axis];
  const wanted = outputSize?.[axis] ?? usual;
  return Math.abs(wanted - usual) < stride[axis] ? wanted : 0;
}

function countAlong(operation, axis, size) {
  const { kind, kernelSize, stride, dilation, padding, outputSize } = operation;
  if (isAdaptive(operation)) return outputSize[axis];
  if (size < 1 || kernelSize[axis] < 1 || stride[axis] < 1 || dilation[axis] < 1) return 0;
  if (!acceptsPadding(operation, padding[axis], kernelSize[axis], size)) return 0;
  if (kind === "transposed") return transposedCount(operation, axis, size);
  if (kind !== "convolution" && kind !== "max" && dilation[axis] !== 1) return 0;
  // A rule of PyTorch's 3-D means alone: no window larger than the picture, whatever the padding.
  const averages = kind === "average" || kind === "lp";
  if (averages && operation.dimensions === 3 && kernelSize[axis] > size) return 0;
  if (kind === "unpool") return unpooledCount(operation, axis, size);
  return slidingCount(operation, axis, size);
}

/** The output's size [depth, rows, columns], or null where PyTorch refuses the operation. */
export function outputSize(operation, inputSize) {
  const size = inputSize.map((along, axis) => countAlong(operation, axis, along));
  return size.every((along) => Number.isInteger(along) && along >= 1) ? size : null;
}

/** The first input cell of an adaptive window and the one after its last. */
function adaptiveWindow(position, size, count) {
  return [Math.floor((position * size) / count), Math.ceil(((position + 1) * size) / count)];
}

/** The pairs (kernel index, source) of one output index, as flat lists [kernel, source, ...]. */
function pairsAt(operation, axis, size, count, position) {
  const pairs = [];
  if (isAdaptive(operation)) {
    const [first, end] = adaptiveWindow(position, size, count);
    for (let source = first; source < end; source++) pairs.push(source - first, source);
    return pairs;
  }
  const [kernel, stride] = [operation.kernelSize[axis], operation.stride[axis]];
  const [dilation, [before, after]] = [operation.dilation[axis], operation.padding[axis]];
  for (let k = 0; k < kernel; k++) {
    if (isSliding(operation)) {
      const at = position * stride + k * dilation - before;
      const beyond = at >= size + after;
      pairs.push(k, beyond ? BEYOND : paddedSource(at, size, operation.paddingMode));
    } else {
      const scaled = position + before - k * dilation; // where the source's stamp begins
      const source = scaled / stride;
      if (Number.isInteger(source) && source >= 0 && source < size) pairs.push(k, source);
    }
  }
  return pairs;
}

/**
 * What each output index reads, per axis.
 * @returns {Array<{size: number, count: number, kernel: Int32Array, source: Int32Array}>} `size`
 *   output indices with `count` entries each; entry j of output o lies at o * count + j: its kernel
 *   index (NO_TAP if there is no such entry) and the input index, PADDING or BEYOND. Of a
 *   max-unpooling: the pooled cells whose window contains the output cell.
 */
export function tapsOf(operation, inputSize) {
  const sizes = outputSize(operation, inputSize);
  if (!sizes) throw new Error("PyTorch refuses this operation on this input");
  return sizes.map((size, axis) => {
    const each = Array.from({ length: size }, (_, position) =>
      pairsAt(operation, axis, inputSize[axis], size, position),
    );
    const count = each.reduce((most, pairs) => Math.max(most, pairs.length / 2), 1);
    const kernel = new Int32Array(size * count).fill(NO_TAP);
    const source = new Int32Array(size * count).fill(BEYOND);
    each.forEach((pairs, position) => {
      for (let j = 0; 2 * j < pairs.length; j++) {
        kernel[position * count + j] = pairs[2 * j];
        source[position * count + j] = pairs[2 * j + 1];
      }
    });
    return { size, count, kernel, source };
  });
}

/**
 * The range of input coordinates to draw per axis, as [first, one after the last]: the input, its
 * padding, and what ceil_mode reaches beyond.
 */
export function extent(operation, inputSize) {
  if (!isSliding(operation)) return inputSize.map((size) => [0, size]);
  const count = outputSize(operation, inputSize);
  return inputSize.map((size, axis) => {
    const [before, after] = operation.padding[axis];
    const reached = count
      ? (count[axis] - 1) * operation.stride[axis] - before + spanOf(operation)[axis]
      : 0;
    return [0 - before, Math.max(size + after, reached)]; // never −0
  });
}

/**
 * Cells at the end of each axis, padding included, that no window reaches: what the floor drops.
 */
export function unreached(operation, inputSize) {
  if (!isSliding(operation)) return inputSize.map(() => 0);
  const count = outputSize(operation, inputSize);
  return inputSize.map((size, axis) => {
    const [before, after] = operation.padding[axis];
    const used = (count[axis] - 1) * operation.stride[axis] + spanOf(operation)[axis];
    return Math.max(0, size + before + after - used);
  });
}

/**
 * The input coordinates of the window of an output position, per axis in rising order. Below 0 and
 * from the input's size on lies padding. Of a transposed convolution: the input cells that reach
 * the position (none on an axis where no stamp does); of a max-unpooling: the pooled cells whose
 * window contains it.
 */
export function coordinatesAt({ operation, taps }, position) {
  return position.map((at, axis) => {
    if (isSliding(operation)) {
      const [stride, dilation] = [operation.stride[axis], operation.dilation[axis]];
      const first = at * stride - operation.padding[axis][0];
      return Array.from({ length: operation.kernelSize[axis] }, (_, k) => first + k * dilation);
    }
    const { count, kernel, source } = taps[axis];
    const found = [];
    for (let entry = at * count; entry < (at + 1) * count; entry++) {
      if (kernel[entry] !== NO_TAP) found.push(source[entry]);
    }
    return found.sort((one, other) => one - other);
  });
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

/**
 * The step at the same relative place of another output, so that a change of settings stays put.
 */
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
