// Scenes from plain lists, random scenes, and their outputs straight from the definitions: loops
// over coordinates, without the modules' taps.
import { outputSize, productOf } from "../../../explorer/ui/components/player/geometry.js";
import { liftedOperation, sceneFrom } from "../../../explorer/ui/components/player/scene.js";

const field = ({ shape, values }) => ({ shape, values: Float32Array.from(values) });
const lifted = (size) => [...Array(3 - size.length).fill(1), ...size];

/**
 * A scene as the modules know it. `operation` as in a header; `input`, `weight`, `output` are
 * {shape, values} in PyTorch's layout. Without an output it gets the one of the definition.
 */
export function scene({ operation, input, weight, bias, output, indices, ...rest }) {
  const channels = input.shape[0];
  const names = channels === 3 ? ["red", "green", "blue"] : ["brightness"];
  const header = {
    operation: { kind: "convolution", ...operation },
    title: "test",
    colour: channels === 3,
    channels: channels === 3 || channels === 1 ? names : input.shape.slice(0, 1).flatMap(numbered),
    ...rest,
  };
  const arrays = { input: field(input) };
  if (weight) arrays.weight = field(weight);
  if (bias) arrays.bias = { values: Float32Array.from(bias) };
  if (indices) arrays.indices = { values: Int32Array.from(indices) };
  if (output) arrays.output = field(output);
  else {
    const inputSize = lifted(input.shape.slice(1));
    const lifting = liftedOperation(header.operation, inputSize);
    const size = outputSize(lifting, inputSize).slice(3 - (input.shape.length - 1));
    const shape = [mapsOf(header.operation, weight, channels), ...size];
    arrays.output = { shape, values: new Float32Array(productOf(shape)) };
  }
  const made = sceneFrom(header, arrays);
  if (!output) made.output.values.set(defined(made));
  return made;
}

const numbered = (count) => Array.from({ length: count }, (_, index) => `channel ${index}`);

function mapsOf({ kind, groups = 1 }, weight, channels) {
  if (kind === "convolution") return weight.shape[0];
  return kind === "transposed" ? weight.shape[1] * groups : channels;
}

const zeros = (shape) => ({ shape, values: new Array(productOf(shape)).fill(0) });

/** A convolution or pooling whose numbers do not matter, for its shape. */
export const shaped = (operation, input, weight, bias) =>
  scene({ operation, input: zeros(input), weight: weight && zeros(weight), bias });

// The textbook's: 0..8 with the kernel 0..3 gives 19 25 37 43.
export const textbook = () =>
  scene({
    operation: { kernel_size: [2, 2] },
    input: { shape: [1, 3, 3], values: [0, 1, 2, 3, 4, 5, 6, 7, 8] },
    weight: { shape: [1, 1, 2, 2], values: [0, 1, 2, 3] },
    output: { shape: [1, 2, 2], values: [19, 25, 37, 43] },
  });

/** Repeatable random numbers in 0..1 (mulberry32). */
export function dice(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const KINDS = [
  "convolution",
  "transposed",
  "max",
  "average",
  "lp",
  "adaptive_max",
  "adaptive_average",
];

/** A small random scene of a kind in 1 to 3 dimensions, legal; the same for the same seed. */
export function randomScene(kind, seed) {
  const roll = dice(seed * 1009 + KINDS.indexOf(kind));
  const whole = (low, high) => low + Math.floor(roll() * (high - low + 1));
  for (;;) {
    const dimensions = whole(1, 3);
    const each = (low, high) => Array.from({ length: dimensions }, () => whole(low, high));
    const pick = (values) => values[whole(0, values.length - 1)];
    const weighted = kind === "convolution" || kind === "transposed";
    const groups = weighted ? whole(1, 2) : 1;
    const channels = groups * whole(1, 2);
    const perGroup = whole(1, 2);
    const operation = { kind, groups };
    if (kind.startsWith("adaptive")) operation.output_size = each(1, 6);
    else {
      operation.kernel_size = each(1, 4);
      operation.stride = each(1, 3);
      operation.padding = each(0, kind === "lp" ? 0 : 2).map((side) => [side, side]);
      if (kind !== "average" && kind !== "lp") operation.dilation = each(1, 3);
    }
    if (kind === "convolution") {
      operation.padding_mode = pick(["zeros", "reflect", "replicate", "circular"]);
      operation.padding = each(0, 2).map((side) => [side, whole(0, 2)]);
    }
    if (kind === "transposed") operation.output_padding = each(0, 2);
    if (["max", "average", "lp"].includes(kind)) operation.ceil_mode = roll() < 0.5;
    if (kind === "average") {
      operation.count_include_pad = roll() < 0.5;
      operation.divisor_override = pick([null, null, 3]);
    }
    if (kind === "lp") operation.norm_type = pick([1, 2, 3]);
    const size = each(1, dimensions === 3 ? 5 : 8);
    const inputSize = lifted(size);
    if (!outputSize(liftedOperation(operation, inputSize), inputSize)) continue;
    const random = (shape, low) => ({
      shape,
      values: Array.from({ length: productOf(shape) }, () => low + roll() * 2),
    });
    const made = { operation, input: random([channels, ...size], kind === "lp" ? 0 : -1) };
    if (weighted) {
      const maps = groups * perGroup;
      const slices = kind === "convolution" ? [maps, channels / groups] : [channels, perGroup];
      made.weight = random([...slices, ...operation.kernel_size], -1);
      if (roll() < 0.5) made.bias = random([maps], -1).values;
    }
    return scene(made);
  }
}

/** Every [z, y, x] of a size, row by row. */
export function* everyCell([depth, rows, columns]) {
  for (let z = 0; z < depth; z++) {
    for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) yield [z, y, x];
  }
}

const flatIn = (size, at) => (at[0] * size[1] + at[1]) * size[2] + at[2];
const inside = (at, size) => at.every((along, axis) => along >= 0 && along < size[axis]);

/** The coordinate that padding shows, written down by mode: a mirror, an edge, the other end. */
function folded(at, size, mode) {
  if (at >= 0 && at < size) return at;
  const period = 2 * (size - 1);
  if (mode === "reflect") {
    const along = ((at % period) + period) % period;
    return along < size ? along : period - along;
  }
  if (mode === "replicate") return Math.min(size - 1, Math.max(0, at));
  return mode === "circular" ? ((at % size) + size) % size : -1;
}

/** A scene's output by the definition of its operation (torch.nn's documentation). */
export function defined({ operation, input, weight, bias, output }) {
  const [maps, ...size] = output.shape;
  const inputSize = input.shape.slice(1);
  const plane = productOf(inputSize);
  const values = new Float64Array(maps * productOf(size));
  const { kind, kernelSize, stride, padding, dilation, groups } = operation;
  const at = (channel, cell) => input.values[channel * plane + flatIn(inputSize, cell)];
  const perGroup = maps / groups;
  const inPerGroup = input.shape[0] / groups;
  const kernel = productOf(kernelSize);
  if (kind === "transposed") {
    values.forEach(
      (_, index) => (values[index] = bias?.[Math.floor(index / productOf(size))] ?? 0),
    );
    for (let channel = 0; channel < input.shape[0]; channel++) {
      for (let j = 0; j < perGroup; j++) {
        const map = Math.floor(channel / inPerGroup) * perGroup + j;
        for (const cell of everyCell(inputSize)) {
          for (const k of everyCell(kernelSize)) {
            const to = cell.map((p, a) => p * stride[a] + k[a] * dilation[a] - padding[a][0]);
            if (!inside(to, size)) continue;
            const from = (channel * perGroup + j) * kernel + flatIn(kernelSize, k);
            values[map * productOf(size) + flatIn(size, to)] +=
              weight.values[from] * at(channel, cell);
          }
        }
      }
    }
    return values;
  }
  for (let map = 0; map < maps; map++) {
    let index = map * productOf(size);
    for (const position of everyCell(size)) {
      if (kind === "convolution") {
        let sum = bias?.[map] ?? 0;
        for (let j = 0; j < inPerGroup; j++) {
          const channel = Math.floor(map / perGroup) * inPerGroup + j;
          for (const k of everyCell(kernelSize)) {
            const cell = position.map((p, a) =>
              folded(
                p * stride[a] + k[a] * dilation[a] - padding[a][0],
                inputSize[a],
                operation.paddingMode,
              ),
            );
            const from = (map * inPerGroup + j) * kernel + flatIn(kernelSize, k);
            if (inside(cell, inputSize)) sum += weight.values[from] * at(channel, cell);
          }
        }
        values[index++] = sum;
      } else
        values[index++] = pooled(operation, inputSize, position, size, (cell) => at(map, cell));
    }
  }
  return values;
}

function pooled(operation, inputSize, position, size, at) {
  const { kind, kernelSize, stride, padding, dilation } = operation;
  const adaptive = kind.startsWith("adaptive");
  const first = position.map((p, a) =>
    adaptive ? Math.floor((p * inputSize[a]) / size[a]) : p * stride[a] - padding[a][0],
  );
  const length = position.map((p, a) =>
    adaptive ? Math.ceil(((p + 1) * inputSize[a]) / size[a]) - first[a] : kernelSize[a],
  );
  const step = adaptive ? [1, 1, 1] : dilation;
  const read = [];
  let padded = 0;
  for (const k of everyCell(length)) {
    const cell = k.map((along, a) => first[a] + along * step[a]);
    if (inside(cell, inputSize)) read.push(at(cell));
    if (cell.every((along, a) => along < inputSize[a] + (adaptive ? 0 : padding[a][1]))) padded++;
  }
  const sum = read.reduce((total, x) => total + x, 0);
  if (kind.endsWith("max")) return read.reduce((most, x) => Math.max(most, x), -Infinity);
  if (kind === "lp") {
    const powers = read.reduce((total, x) => total + x ** operation.normType, 0);
    return ((powers / read.length) * productOf(kernelSize)) ** (1 / operation.normType);
  }
  if (adaptive) return sum / read.length;
  return sum / (operation.divisorOverride ?? (operation.countIncludePad ? padded : read.length));
}

export const close = (one, other, tolerance = 1e-5) =>
  one === other || Math.abs(one - other) <= tolerance * Math.max(1, Math.abs(other));
