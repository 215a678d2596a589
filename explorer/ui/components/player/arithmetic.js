/**
 * The arithmetic of one output cell, computed here so that hovering needs no server. No DOM.
 * Tested value for value against PyTorch (tests/ui/player/test_agreement.py).
 */

import {
  BEYOND,
  NO_TAP,
  coordinatesAt,
  hasWeights,
  isMaximum,
  positionOf,
  productOf,
} from "./geometry.js";

/** What a cell of a patch is. */
export const CELL = { padding: 0, picture: 1, beyond: 2, none: 3 };

/**
 * The shape of the patch of one cell, the same at every position. A transposed convolution's is its
 * kernel: the input cell that each weight multiplies here, and nothing where it multiplies none.
 */
export function patchShape({ operation, taps }) {
  return operation.kind === "transposed" ? operation.kernelSize : taps.map(({ count }) => count);
}

const NO_SOURCE = -3; // of a patch index that reads nothing

/** Per axis, the source of each patch index: an input index, PADDING, BEYOND or NO_SOURCE. */
function sourcesAt(scene, position, shape) {
  const byKernel = scene.operation.kind === "transposed";
  return scene.taps.map(({ count, kernel, source }, axis) => {
    const sources = new Int32Array(shape[axis]).fill(NO_SOURCE);
    const from = position[axis] * count;
    for (let j = 0; j < count; j++) {
      if (kernel[from + j] !== NO_TAP) sources[byKernel ? kernel[from + j] : j] = source[from + j];
    }
    return sources;
  });
}

const kindOfCell = (z, y, x) => {
  const least = Math.min(z, y, x);
  if (least >= 0) return CELL.picture;
  if (least === NO_SOURCE) return CELL.none;
  return least === BEYOND ? CELL.beyond : CELL.padding;
};

/** What the window reads in one channel: values (0 outside the picture) and what each cell is. */
function patchAt(scene, channel, sources, count) {
  const { values } = scene.input;
  const [, depth, rows, columns] = scene.input.shape;
  const patch = new Float32Array(count);
  const inside = new Uint8Array(count);
  const [planes, lines, cells] = sources;
  let flat = 0;
  for (const z of planes) {
    for (const y of lines) {
      const row = ((channel * depth + z) * rows + y) * columns;
      for (const x of cells) {
        inside[flat] = kindOfCell(z, y, x);
        if (inside[flat] === CELL.picture) patch[flat] = values[row + x];
        flat++;
      }
    }
  }
  return { patch, inside };
}

/**
 * Which channels and weights make a map.
 * @returns {Array<{channel: number, from: number}>} input channels of the map's group, and where
 *   in the weights the slice lies that multiplies each
 */
export function slicesOf({ operation, input, output, weight }, map) {
  const inChannels = input.shape[0] / operation.groups;
  const outChannels = output.shape[0] / operation.groups;
  const group = Math.floor(map / outChannels);
  const count = productOf(weight.shape.slice(2));
  return Array.from({ length: inChannels }, (_, index) => {
    const channel = group * inChannels + index;
    // PyTorch's weights: (out, in / groups, ...), of transposed ones (in, out / groups, ...).
    const slice =
      operation.kind === "transposed"
        ? channel * outChannels + (map % outChannels)
        : map * inChannels + index;
    return { channel, from: slice * count };
  });
}

function weightedTerms(scene, map, sources, count) {
  const bias = scene.bias ? scene.bias[map] : 0;
  let value = bias;
  const channels = slicesOf(scene, map).map(({ channel, from }) => {
    const { patch, inside } = patchAt(scene, channel, sources, count);
    const weight = scene.weight.values.subarray(from, from + count);
    const products = new Float64Array(count);
    let partial = 0;
    let counted = 0;
    for (let index = 0; index < count; index++) {
      products[index] = patch[index] * weight[index];
      partial += products[index];
      if (inside[index] <= CELL.picture) counted++;
    }
    value += partial;
    return { channel, patch, inside, weight, products, partial, counted };
  });
  return { channels, bias, value };
}

/** The largest value; PyTorch's maximum ignores the padding, and the first of equals wins. */
function maximumOf({ patch, inside }) {
  let winner = -1;
  let counted = 0;
  for (let index = 0; index < patch.length; index++) {
    if (inside[index] !== CELL.picture) continue;
    counted++;
    if (winner < 0 || patch[index] > patch[winner]) winner = index;
  }
  return { winner, counted, value: winner < 0 ? -Infinity : patch[winner] };
}

/** Whether a mean counts a cell of this kind. */
const counts = ({ kind, countIncludePad }, cell) =>
  cell === CELL.picture || (cell === CELL.padding && kind === "average" && countIncludePad);

/** The mean divides by the cells it counts, unless another divisor is set. */
function meanOf(operation, { patch, inside }) {
  let [sum, counted] = [0, 0];
  for (let index = 0; index < patch.length; index++) {
    if (!counts(operation, inside[index])) continue;
    sum += patch[index];
    counted++;
  }
  const divisor = (operation.kind === "average" && operation.divisorOverride) || counted;
  return { sum, counted, divisor, value: sum / divisor };
}

/**
 * PyTorch's power average: the mean of the powers over the cells read, times the kernel's cells,
 * then the root. So a window that ceil_mode cuts off counts as much as a whole one.
 */
function powerMeanOf({ normType, kernelSize }, { patch, inside }) {
  const products = new Float64Array(patch.length);
  let [sum, counted] = [0, 0];
  for (let index = 0; index < patch.length; index++) {
    if (inside[index] !== CELL.picture) continue;
    products[index] = patch[index] ** normType;
    sum += products[index];
    counted++;
  }
  const whole = (sum / counted) * productOf(kernelSize);
  return { products, sum, counted, divisor: counted, value: whole ** (1 / normType) };
}

function poolingTerms(scene, sources, count) {
  const { operation } = scene;
  const channels = [];
  for (let channel = 0; channel < scene.input.shape[0]; channel++) {
    const read = patchAt(scene, channel, sources, count);
    if (isMaximum(operation)) channels.push({ channel, ...read, ...maximumOf(read) });
    else if (operation.kind === "lp") {
      channels.push({ channel, ...read, winner: -1, ...powerMeanOf(operation, read) });
    } else channels.push({ channel, ...read, winner: -1, ...meanOf(operation, read) });
  }
  return { channels, bias: null, value: channels[0].value };
}

const unpooledFrom = new WeakMap(); // indices -> where each output cell's value comes from

/**
 * Per output cell of all channels the pooled cell that a max-unpooling puts there, or -1: as flat
 * indices into the output and the input. PyTorch writes in order, so the last of several stays.
 */
export function unpoolingSources(scene) {
  const { indices } = scene;
  const known = unpooledFrom.get(indices);
  if (known && known.length === scene.output.values.length) return known;
  const sources = new Int32Array(scene.output.values.length).fill(-1);
  const pooled = productOf(scene.input.shape.slice(1));
  const plane = productOf(scene.output.shape.slice(1));
  for (let at = 0; at < indices.length; at++) {
    sources[Math.floor(at / pooled) * plane + indices[at]] = at;
  }
  unpooledFrom.set(indices, sources);
  return sources;
}

/** The pooled cells whose window contains the output cell, and the one that points at it. */
function unpoolingTerms(scene, step, sources, count) {
  const from = unpoolingSources(scene);
  const pooled = productOf(scene.input.shape.slice(1));
  const plane = productOf(scene.output.shape.slice(1));
  const channels = [];
  for (let channel = 0; channel < scene.input.shape[0]; channel++) {
    const read = patchAt(scene, channel, sources, count);
    const source = from[channel * plane + step];
    const counted = read.inside.reduce((sum, cell) => sum + (cell === CELL.picture), 0);
    const value = source < 0 ? 0 : scene.input.values[source];
    const winner = source < 0 ? -1 : patchIndexOf(scene, sources, source - channel * pooled);
    channels.push({ channel, ...read, winner, counted, source, value });
  }
  return { channels, bias: null, value: channels[0].value };
}

/** Where in the patch an input cell (flat in its channel) is, or -1. */
function patchIndexOf(scene, sources, flat) {
  return positionOf(flat, scene.input.shape.slice(1)).reduce((index, at, axis) => {
    const along = sources[axis].indexOf(at);
    return index < 0 || along < 0 ? -1 : index * sources[axis].length + along;
  }, 0);
}

/**
 * All terms of the output cell that a step visits.
 * @param {object} scene @param {number} step @param {number} map of a weighted operation's output
 * @returns {{position: number[], coordinates: number[][], shape: number[], channels: object[],
 *   value: number, bias: ?number, outputs: number[]}} `coordinates` are the input's per axis
 *   (geometry.coordinatesAt), `shape` the patch's; each channel has `channel`, `patch`, `inside`
 *   (CELL) and, as the operation has them, `weight`, `products`, `partial`, `winner`, `sum`,
 *   `counted`, `divisor`, `value`; of a max-unpooling `source`, flat in the pooled maps, or -1.
 *   `value` is computed here, of a pooling the first channel's; `outputs` are the scene's: the cell
 *   of the chosen map, or one per channel of a pooling
 */
export function termsAt(scene, step, map = 0) {
  const size = scene.output.shape.slice(1);
  const position = positionOf(step, size);
  const shape = patchShape(scene);
  const count = productOf(shape);
  const sources = sourcesAt(scene, position, shape);
  const plane = productOf(size);
  const { operation } = scene;
  let terms;
  if (hasWeights(operation)) terms = weightedTerms(scene, map, sources, count);
  else if (operation.kind === "unpool") terms = unpoolingTerms(scene, step, sources, count);
  else terms = poolingTerms(scene, sources, count);
  const shown = hasWeights(operation) ? [map] : terms.channels.map(({ channel }) => channel);
  const outputs = shown.map((each) => scene.output.values[each * plane + step]);
  return { position, coordinates: coordinatesAt(scene, position), shape, outputs, ...terms };
}
