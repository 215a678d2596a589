/**
 * A scene with something changed, for the time until PyTorch's own result arrives. No DOM.
 *
 * Scenes are never changed in place: each change is a new one, with an output of the right shape
 * that is still to be computed (compute.js) and `confirmed` false.
 */

import { hasWeights, outputSize, productOf, tapsOf } from "./geometry.js";

const AXES = 3;

/** The scene with an output to be computed. */
function unconfirmed(scene, maps, size) {
  const output = { shape: [maps, ...size], values: new Float32Array(maps * productOf(size)) };
  return { ...scene, output, confirmed: false };
}

/** Along one axis, where index `to` of the new length lies in the old one; outside: nothing. */
const shiftOf = (now, wanted) => Math.floor((wanted - now) / 2);

/** A kernel of another size: zeros put around its middle or cells cut off, as Python does it. */
export function resizedWeight({ shape, values }, kernelSize) {
  const [outer, inner, depth, rows, columns] = shape;
  const [newDepth, newRows, newColumns] = kernelSize;
  const [dz, dy, dx] = [depth, rows, columns].map((now, axis) => shiftOf(now, kernelSize[axis]));
  const resized = new Float32Array(outer * inner * productOf(kernelSize));
  for (let slice = 0; slice < outer * inner; slice++) {
    for (let z = 0; z < depth; z++) {
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) {
          const [toZ, toY, toX] = [z + dz, y + dy, x + dx];
          const cut =
            Math.min(toZ, toY, toX) < 0 || toZ >= newDepth || toY >= newRows || toX >= newColumns;
          if (cut) continue;
          const to = ((slice * newDepth + toZ) * newRows + toY) * newColumns + toX;
          resized[to] = values[((slice * depth + z) * rows + y) * columns + x];
        }
      }
    }
  }
  return { shape: [outer, inner, ...kernelSize], values: resized };
}

/**
 * A named kernel at another size, the product of its lines along the scene's axes; null: no such.
 */
function namedWeight({ weight, kernelLines, dimensions }, kernelSize) {
  const lines = kernelSize.map((size, axis) =>
    axis < AXES - dimensions ? [1] : kernelLines?.[String(size)],
  );
  if (lines.some((line) => !line)) return null;
  const one = lines[0].flatMap((a) => lines[1].flatMap((b) => lines[2].map((c) => a * b * c)));
  const [outer, inner] = weight.shape;
  const values = new Float32Array(outer * inner * one.length);
  for (let slice = 0; slice < outer * inner; slice++) values.set(one, slice * one.length);
  return { shape: [outer, inner, ...kernelSize], values };
}

/**
 * The scene with another window.
 * @param {{kernelSize?: number[], stride?: number[], padding?: number[][], dilation?: number[],
 *   outputPadding?: number[]}} changes with one entry per axis of three, as in `scene.operation`
 * @returns {?object} the new scene, with its weights resized; null where PyTorch would refuse
 */
export function withOperation(scene, changes) {
  const operation = { ...scene.operation, ...changes };
  const inputSize = scene.input.shape.slice(1);
  const size = outputSize(operation, inputSize);
  if (!size) return null;
  let { weight } = scene;
  const resized = operation.kernelSize.some((k, axis) => k !== scene.operation.kernelSize[axis]);
  if (resized && hasWeights(operation)) {
    weight =
      namedWeight(scene, operation.kernelSize) ?? resizedWeight(weight, operation.kernelSize);
  }
  const taps = tapsOf(operation, inputSize);
  return unconfirmed({ ...scene, operation, weight, taps }, scene.output.shape[0], size);
}

/** The scene with other weights of the same shape, which belong to no named kernel any more. */
export function withWeights(scene, values) {
  const weight = { shape: scene.weight.shape, values: new Float32Array(values) };
  const [maps, ...size] = scene.output.shape;
  return unconfirmed({ ...scene, weight, kernelLines: null }, maps, size);
}

/** The scene with one weight replaced; `flat` is its index in all weights. */
export function withWeightAt(scene, flat, value) {
  const values = new Float32Array(scene.weight.values);
  values[flat] = value;
  return withWeights(scene, values);
}

/** The scene with one input cell replaced; `flat` is its index in all channels. */
export function withInputAt(scene, flat, value) {
  const values = new Float32Array(scene.input.values);
  values[flat] = value;
  const [maps, ...size] = scene.output.shape;
  return unconfirmed({ ...scene, input: { shape: scene.input.shape, values } }, maps, size);
}

/** A window as Python knows it: snake_case, one entry per axis that the scene really has. */
export function unlifted(operation, dimensions) {
  const own = (entries) => entries.slice(AXES - dimensions);
  const sent = {
    kernel_size: own(operation.kernelSize),
    stride: own(operation.stride),
    padding: own(operation.padding),
    dilation: own(operation.dilation),
  };
  if (operation.kind === "transposed") sent.output_padding = own(operation.outputPadding);
  return sent;
}
