/**
 * A transposed convolution the other way round: each input cell stamps the kernel, times its value,
 * onto the output, and overlapping stamps add up. No DOM.
 */

import { slicesOf } from "./arithmetic.js";
import { NO_TAP, positionOf, productOf } from "./geometry.js";

/** Where the stamp of an input position lands, per axis: output indices, some maybe outside. */
function landing({ kernelSize, stride, dilation, padding }, position) {
  return position.map((at, axis) => {
    const first = at * stride[axis] - padding[axis][0];
    return Array.from({ length: kernelSize[axis] }, (_, k) => first + k * dilation[axis]);
  });
}

/** Flat output index of each stamp cell, -1 where it is cut off. */
function targetsOf([planes, rows, columns], [depth, height, width]) {
  const targets = new Int32Array(planes.length * rows.length * columns.length);
  const within = (at, size) => at >= 0 && at < size;
  let flat = 0;
  for (const z of planes) {
    for (const y of rows) {
      for (const x of columns) {
        const kept = within(z, depth) && within(y, height) && within(x, width);
        targets[flat++] = kept ? (z * height + y) * width + x : -1;
      }
    }
  }
  return targets;
}

/**
 * The stamp of the input cell that a step visits (row by row over the input).
 * @returns {{stamp: true, position: number[], coordinates: number[][], shape: number[],
 *   inside: Uint8Array, cut: number, channels: Array<{channel: number, value: number,
 *   weight: Float32Array, products: Float64Array}>, sum: Float64Array, outputs: number[]}}
 *   `position` in the input; `coordinates` in the output, where cells outside are cut off (`inside`
 *   0, `cut` of them); `sum` is what is added to the map, channels together; `outputs` is empty:
 *   no cell of the output is finished by one stamp
 */
export function stampAt(scene, step, map = 0) {
  const size = scene.input.shape.slice(1);
  const position = positionOf(step, size);
  const coordinates = landing(scene.operation, position);
  const targets = targetsOf(coordinates, scene.output.shape.slice(1));
  const plane = productOf(size);
  const sum = new Float64Array(targets.length);
  const channels = slicesOf(scene, map).map(({ channel, from }) => {
    const value = scene.input.values[channel * plane + step];
    const weight = scene.weight.values.subarray(from, from + targets.length);
    const products = Float64Array.from(weight, (each) => each * value);
    products.forEach((product, index) => (sum[index] += product));
    return { channel, value, weight, products };
  });
  const inside = Uint8Array.from(targets, (target) => Number(target >= 0));
  return {
    stamp: true,
    position,
    coordinates,
    shape: scene.operation.kernelSize,
    inside,
    cut: inside.length - inside.reduce((kept, each) => kept + each, 0),
    channels,
    sum,
    outputs: [],
  };
}

/** Adds the stamp of one input cell to a map; in a whole play many times, so it makes no arrays. */
function addStamp(total, scene, { channel, from }, step) {
  const { kernelSize, stride, dilation, padding } = scene.operation;
  const [, depth, rows, columns] = scene.input.shape;
  const [, outDepth, outRows, outColumns] = scene.output.shape;
  const value = scene.input.values[channel * depth * rows * columns + step];
  if (value === 0) return;
  const inPlane = Math.floor(step / columns);
  const firstX = (step % columns) * stride[2] - padding[2][0];
  const firstY = (inPlane % rows) * stride[1] - padding[1][0];
  const firstZ = Math.floor(inPlane / rows) * stride[0] - padding[0][0];
  let index = from;
  for (let kz = 0; kz < kernelSize[0]; kz++) {
    const z = firstZ + kz * dilation[0];
    for (let ky = 0; ky < kernelSize[1]; ky++) {
      const y = firstY + ky * dilation[1];
      const kept = z >= 0 && z < outDepth && y >= 0 && y < outRows;
      const row = (z * outRows + y) * outColumns;
      for (let kx = 0; kx < kernelSize[2]; kx++, index++) {
        const x = firstX + kx * dilation[2];
        if (kept && x >= 0 && x < outColumns) total[row + x] += value * scene.weight.values[index];
      }
    }
  }
}

const progress = new WeakMap(); // scene -> the map as far as it was stamped: playing adds to it

/**
 * A map of the output after the first `steps` input cells were stamped, on top of the bias.
 * @returns {Float32Array} one value per output cell of the map, row by row
 */
export function accumulate(scene, steps, map = 0) {
  const sizes = [scene.input.shape.slice(1), scene.output.shape.slice(1)];
  const plane = productOf(sizes[0]);
  let state = progress.get(scene);
  if (!state || state.map !== map || state.steps > steps) {
    const bias = scene.bias ? scene.bias[map] : 0;
    state = { map, steps: 0, total: new Float64Array(productOf(sizes[1])).fill(bias) };
    progress.set(scene, state);
  }
  const slices = slicesOf(scene, map);
  for (; state.steps < Math.min(steps, plane); state.steps++) {
    for (const slice of slices) addStamp(state.total, scene, slice, state.steps);
  }
  return new Float32Array(state.total);
}

/** How many stamps fall on each output cell: where they differ, a checkerboard appears. */
export function overlapCounts({ taps }) {
  const [planes, rows, columns] = taps.map(({ size, count, kernel }) =>
    Array.from({ length: size }, (_, position) => {
      const entries = kernel.subarray(position * count, (position + 1) * count);
      return entries.reduce((found, k) => found + (k !== NO_TAP), 0);
    }),
  );
  const counts = new Float32Array(planes.length * rows.length * columns.length);
  let flat = 0;
  for (const z of planes) {
    for (const y of rows) for (const x of columns) counts[flat++] = z * y * x;
  }
  return counts;
}
