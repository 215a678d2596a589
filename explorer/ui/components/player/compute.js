/**
 * The whole output, computed in the browser while a control is dragged. No DOM.
 *
 * From the same taps as the arithmetic of one cell. Along the last axis the taps of each kernel
 * index are runs of evenly spaced cells, so that the inner loops are plain walks over two arrays.
 */

import { slicesOf, unpoolingSources } from "./arithmetic.js";
import { BEYOND, NO_TAP, hasWeights, isMaximum, productOf } from "./geometry.js";

/** The taps of one output index that read the input: [[kernel, source], ...]. */
function readBy({ count, kernel, source }, position) {
  const found = [];
  for (let entry = position * count; entry < (position + 1) * count; entry++) {
    if (kernel[entry] !== NO_TAP && source[entry] >= 0) found.push([kernel[entry], source[entry]]);
  }
  return found;
}

/**
 * The taps of an axis as runs, flat: kernel, first output, step of output, first source, step of
 * source, length; sorted by kernel index.
 */
function runsOf({ size, count, kernel, source }) {
  const byKernel = new Map();
  for (let position = 0; position < size; position++) {
    for (let entry = position * count; entry < (position + 1) * count; entry++) {
      if (kernel[entry] === NO_TAP || source[entry] < 0) continue;
      if (!byKernel.has(kernel[entry])) byKernel.set(kernel[entry], []);
      byKernel.get(kernel[entry]).push(position, source[entry]);
    }
  }
  const runs = [];
  for (const k of [...byKernel.keys()].sort((one, other) => one - other)) {
    const pairs = byKernel.get(k);
    let at = 0;
    while (at < pairs.length) {
      const [output, from] = [pairs[at], pairs[at + 1]];
      const alone = at + 2 >= pairs.length;
      const [outputStep, step] = alone ? [1, 1] : [pairs[at + 2] - output, pairs[at + 3] - from];
      let length = 1;
      for (let next = at + 2; next < pairs.length; next += 2, length++) {
        const even = pairs[next] === output + length * outputStep;
        if (!even || pairs[next + 1] !== from + length * step) break;
      }
      runs.push(k, output, outputStep, from, step, length);
      at += 2 * length;
    }
  }
  return Int32Array.from(runs);
}

const RUN = 6; // numbers of a run

function addRuns(row, runs, values, base, weights, weightsBase) {
  for (let at = 0; at < runs.length; at += RUN) {
    const weight = weights[weightsBase + runs[at]];
    if (weight === 0) continue;
    let [to, from] = [runs[at + 1], base + runs[at + 3]];
    const [toStep, fromStep, length] = [runs[at + 2], runs[at + 4], runs[at + 5]];
    for (let index = 0; index < length; index++) {
      row[to] += weight * values[from];
      to += toStep;
      from += fromStep;
    }
  }
}

function sumRuns(row, runs, values, base) {
  for (let at = 0; at < runs.length; at += RUN) {
    let [to, from] = [runs[at + 1], base + runs[at + 3]];
    const [toStep, fromStep, length] = [runs[at + 2], runs[at + 4], runs[at + 5]];
    for (let index = 0; index < length; index++) {
      row[to] += values[from];
      to += toStep;
      from += fromStep;
    }
  }
}

function largestRuns(row, runs, values, base) {
  for (let at = 0; at < runs.length; at += RUN) {
    let [to, from] = [runs[at + 1], base + runs[at + 3]];
    const [toStep, fromStep, length] = [runs[at + 2], runs[at + 4], runs[at + 5]];
    for (let index = 0; index < length; index++) {
      if (values[from] > row[to]) row[to] = values[from];
      to += toStep;
      from += fromStep;
    }
  }
}

/** Calls `visit` with where each input row begins that an output row reads, and its kernel row. */
function eachRow({ rows, columns, depth }, channel, planes, lines, kernelRows, visit) {
  for (const [kz, z] of planes) {
    for (const [ky, y] of lines) {
      visit(((channel * depth + z) * rows + y) * columns, kz * kernelRows + ky);
    }
  }
}

/** Fillers of one output row: `(row, map, planes, lines, z, y)`, with what the row reads across. */
function weightedRow(scene, runs, shape) {
  const { values: weights, shape: weightShape } = scene.weight;
  const [kernelRows, kernelColumns] = weightShape.slice(3);
  const { values } = scene.input;
  const slices = Array.from({ length: scene.output.shape[0] }, (_, map) => slicesOf(scene, map));
  return (row, map, planes, lines) => {
    row.fill(scene.bias ? scene.bias[map] : 0);
    for (const { channel, from } of slices[map]) {
      eachRow(shape, channel, planes, lines, kernelRows, (base, kernelRow) =>
        addRuns(row, runs, values, base, weights, from + kernelRow * kernelColumns),
      );
    }
  };
}

function maximumRow(scene, runs, shape) {
  return (row, map, planes, lines) => {
    row.fill(-Infinity);
    eachRow(shape, map, planes, lines, 0, (base) =>
      largestRuns(row, runs, scene.input.values, base),
    );
  };
}

/** How many cells each output index counts along an axis; a mean divides by their product. */
function countsOf({ size, count, kernel, source }, paddingToo) {
  return Float64Array.from({ length: size }, (_, position) => {
    let counted = 0;
    for (let entry = position * count; entry < (position + 1) * count; entry++) {
      const read = source[entry] >= 0 || (paddingToo && source[entry] > BEYOND);
      if (kernel[entry] !== NO_TAP && read) counted++;
    }
    return counted;
  });
}

function meanRow(scene, runs, shape) {
  const { kind, countIncludePad, divisorOverride, normType, kernelSize } = scene.operation;
  const counts = scene.taps.map((axis) => countsOf(axis, kind === "average" && countIncludePad));
  const divisor = kind === "average" ? divisorOverride : null;
  const norm = kind === "lp";
  const power = normType === 2 ? (x) => x * x : (x) => x ** normType;
  const { values: read } = scene.input;
  const values = norm ? new Float64Array(read).map(power) : read;
  const whole = productOf(kernelSize);
  return (row, map, planes, lines, z, y) => {
    row.fill(0);
    eachRow(shape, map, planes, lines, 0, (base) => sumRuns(row, runs, values, base));
    const across = counts[0][z] * counts[1][y];
    for (let x = 0; x < row.length; x++) row[x] /= divisor || across * counts[2][x];
    if (norm) for (let x = 0; x < row.length; x++) row[x] = (row[x] * whole) ** (1 / normType);
  };
}

function unpoolingRow(scene) {
  const sources = unpoolingSources(scene);
  const { values } = scene.input;
  const [, depth, rows, columns] = scene.output.shape;
  return (row, map, planes, lines, z, y) => {
    const from = ((map * depth + z) * rows + y) * columns;
    for (let x = 0; x < columns; x++)
      row[x] = sources[from + x] < 0 ? 0 : values[sources[from + x]];
  };
}

function rowFiller(scene) {
  const { operation } = scene;
  if (operation.kind === "unpool") return unpoolingRow(scene);
  const [, depth, rows, columns] = scene.input.shape;
  const runs = runsOf(scene.taps[2]);
  const shape = { depth, rows, columns };
  if (hasWeights(operation)) return weightedRow(scene, runs, shape);
  return isMaximum(operation) ? maximumRow(scene, runs, shape) : meanRow(scene, runs, shape);
}

/**
 * The output of a scene, computed in slices of time; the scene's own output is not touched.
 * @returns {{output: Float32Array, done: boolean, progress: number, advance: function(number):
 *   boolean}} `output` fills row by row as `advance(milliseconds)` is called, which returns `done`
 */
export function createComputation(scene) {
  const [maps, depth, rows, columns] = scene.output.shape;
  const output = new Float32Array(maps * depth * rows * columns);
  const fill = rowFiller(scene);
  const row = new Float64Array(columns); // sums in float64, rounded once
  const planes = Array.from({ length: depth }, (_, z) => readBy(scene.taps[0], z));
  const lines = Array.from({ length: rows }, (_, y) => readBy(scene.taps[1], y));
  const total = maps * depth * rows;
  let at = 0;
  return {
    output,
    get done() {
      return at === total;
    },
    get progress() {
      return at / total;
    },
    advance(milliseconds) {
      const until = performance.now() + milliseconds;
      while (at < total) {
        const [y, z] = [at % rows, Math.floor(at / rows) % depth];
        fill(row, Math.floor(at / (rows * depth)), planes[z], lines[y], z, y);
        output.set(row, at * columns);
        at++;
        if (performance.now() >= until) break;
      }
      return at === total;
    },
  };
}

/** The whole output at once. */
export function computed(scene) {
  const computation = createComputation(scene);
  computation.advance(Infinity);
  return computation.output;
}

/**
 * The largest difference between two lists of numbers of the same length; equal infinities agree.
 */
export function largestDifference(one, other) {
  if (one.length !== other.length) return Infinity;
  let largest = 0;
  for (let index = 0; index < one.length; index++) {
    if (one[index] === other[index]) continue;
    const difference = Math.abs(one[index] - other[index]);
    if (Number.isNaN(difference)) return NaN;
    largest = Math.max(largest, difference);
  }
  return largest;
}
