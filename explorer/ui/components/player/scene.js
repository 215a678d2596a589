/**
 * The packed scene of explorer/windows/scene.py, read back into typed arrays. No DOM.
 *
 * Whatever its dimensions, a scene here has three spatial axes [depth, rows, columns]: leading axes
 * of length 1 are put before a row or a picture, with a kernel of 1 that moves by 1 and no padding.
 */

import { productOf, tapsOf } from "./geometry.js";

const MAGIC = "CNNS";
const PREFIX_BYTES = 8;
const AXES = 3;
const NO_PADDING = [0, 0];
const LIMITS = { kernelSize: 11, stride: 8, padding: 8, dilation: 8 };

/** Values of an entry; 8-bit fields become float32 in 0..1. */
function readValues(buffer, start, entry) {
  const count = productOf(entry.shape);
  const offset = start + entry.offset;
  if (entry.type === "float32") return new Float32Array(buffer, offset, count);
  if (entry.type === "int32") return new Int32Array(buffer, offset, count);
  if (entry.type !== "uint8") throw new Error(`unknown array type ${entry.type}`);
  const codes = new Uint8Array(buffer, offset, count);
  const values = new Float32Array(count);
  // Stored as float32, a quotient is rounded as PyTorch rounded it: the very same numbers.
  for (let index = 0; index < count; index++) values[index] = codes[index] / 255;
  return values;
}

/** Entries per axis with `filler` for the axes put before them. */
function liftedAxes(entries, filler) {
  return [...Array.from({ length: AXES - entries.length }, () => filler), ...entries];
}

/** A shape of `leading` channel axes and up to three spatial ones, with three. */
function liftedShape(shape, leading) {
  return [...shape.slice(0, leading), ...liftedAxes(shape.slice(leading), 1)];
}

/** The largest window of an adaptive pooling along an axis. */
function largestWindow(size, count) {
  let most = 1;
  for (let p = 0; p < count; p++) {
    most = Math.max(most, Math.ceil(((p + 1) * size) / count) - Math.floor((p * size) / count));
  }
  return most;
}

/**
 * The header's operation with three axes and names as the modules use them; `dimensions` are
 * PyTorch's, whose rules are not the same in all.
 */
export function liftedOperation(header, inputSize) {
  const { length: dimensions } = header.kernel_size ?? header.output_size;
  const output = header.output_size ? liftedAxes(header.output_size, 1) : null;
  const kernel = header.kernel_size
    ? liftedAxes(header.kernel_size, 1)
    : inputSize.map((size, axis) => largestWindow(size, output[axis]));
  return {
    kind: header.kind,
    dimensions,
    kernelSize: kernel,
    stride: liftedAxes(header.stride ?? [], 1),
    padding: liftedAxes(header.padding ?? [], NO_PADDING),
    dilation: liftedAxes(header.dilation ?? [], 1),
    paddingMode: header.padding_mode ?? "zeros",
    groups: header.groups ?? 1,
    outputPadding: liftedAxes(header.output_padding ?? [], 0),
    ceilMode: header.ceil_mode ?? false,
    countIncludePad: header.count_include_pad ?? true,
    divisorOverride: header.divisor_override ?? null,
    normType: header.norm_type ?? 2,
    outputSize: output,
  };
}

/**
 * A scene from its header and the values of its arrays.
 * @param {object} header as explorer/windows/scene.py writes it
 * @param {Object<string, {shape: number[], values: ArrayLike<number>}>} arrays input, output and,
 *   where the operation has them, weight, bias, indices
 */
export function sceneFrom(header, arrays) {
  const field = (name, leading) =>
    arrays[name]
      ? { shape: liftedShape(arrays[name].shape, leading), values: arrays[name].values }
      : null;
  const input = field("input", 1);
  const operation = liftedOperation(header.operation, input.shape.slice(1));
  const limits = header.limits ?? {};
  return {
    dimensions: operation.dimensions,
    title: header.title,
    colour: header.colour,
    channels: header.channels,
    maps: header.maps ?? [],
    kernelLines: header.kernel_lines ?? null,
    limits: {
      kernelSize: limits.kernel_size ?? LIMITS.kernelSize,
      stride: limits.stride ?? LIMITS.stride,
      padding: limits.padding ?? LIMITS.padding,
      dilation: limits.dilation ?? LIMITS.dilation,
    },
    opening: header.opening ?? null,
    operation,
    input,
    weight: field("weight", 2),
    bias: arrays.bias?.values ?? null,
    output: field("output", 1),
    indices: arrays.indices?.values ?? null,
    confirmed: true,
    taps: tapsOf(operation, input.shape.slice(1)),
  };
}

/**
 * The scene in a blob.
 * @param {Uint8Array} bytes as Streamlit delivers it, at any offset of its buffer
 * @returns {object} the scene: `operation`, `input`, `output`, `weight`, ... and `taps`, what each
 *   output cell reads (geometry.js)
 */
export function parseScene(bytes) {
  // Typed arrays need aligned offsets, and Streamlit's view has none: copy to a buffer of our own.
  const buffer = bytes.slice().buffer;
  const magic = String.fromCharCode(...new Uint8Array(buffer, 0, MAGIC.length));
  if (magic !== MAGIC) throw new Error("this is not a scene");
  const headerBytes = new DataView(buffer).getUint32(MAGIC.length, true);
  const text = new TextDecoder().decode(new Uint8Array(buffer, PREFIX_BYTES, headerBytes));
  const header = JSON.parse(text);
  const arrays = {};
  for (const [name, entry] of Object.entries(header.arrays)) {
    const values = readValues(buffer, PREFIX_BYTES + headerBytes, entry);
    arrays[name] = { shape: entry.shape, values };
  }
  return sceneFrom(header, arrays);
}

/** A field's shape as PyTorch gives it, without the axes that were put in front. */
export function ownShape({ dimensions }, shape) {
  return [shape[0], ...shape.slice(1 + AXES - dimensions)];
}
