/**
 * A transposed convolution as an ordinary one: the input's cells are moved apart by zeros, the
 * kernel is flipped and its in and out channels change places. No DOM.
 *
 * Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", section 4.
 */

import { productOf, tapsOf } from "./geometry.js";

/**
 * Along one axis: the stuffed length, how many of its cells are cut off in front, and the padding.
 * Usually dilation · (kernel − 1) − padding cells are put on each side; a negative number cuts.
 */
function stuffedAxis({ kernelSize, stride, padding, dilation, outputPadding }, axis, size) {
  const reach = dilation[axis] * (kernelSize[axis] - 1);
  const before = reach - padding[axis][0];
  const after = reach - padding[axis][1] + outputPadding[axis];
  const whole = (size - 1) * stride[axis] + 1;
  const [cutFront, cutBack] = [Math.max(0, -before), Math.max(0, -after)];
  const length = whole - cutFront - cutBack;
  if (length >= 1) return { length, cut: cutFront, padding: [before + cutFront, after + cutBack] };
  // Everything is cut off: one of the zeros stands for the picture, the rest is padding.
  return { length: 1, cut: whole, padding: [0, whole + before + after - 1] };
}

/** For each stuffed index the input index it shows, or -1 for a zero put in. */
function shownAt({ length, cut }, stride, size) {
  return Int32Array.from({ length }, (_, index) => {
    const source = (index + cut) / stride;
    return Number.isInteger(source) && source < size ? source : -1;
  });
}

function stuffedInput({ shape, values }, shown) {
  const [channels, depth, rows, columns] = shape;
  const [planes, lines, cells] = shown;
  const stuffing = new Uint8Array(productOf(shown.map(({ length }) => length)));
  const stuffed = new Float32Array(channels * stuffing.length);
  for (let channel = 0; channel < channels; channel++) {
    let flat = 0;
    for (const z of planes) {
      for (const y of lines) {
        for (const x of cells) {
          const put = Math.min(z, y, x) < 0;
          stuffing[flat] = Number(put);
          if (!put) {
            const from = ((channel * depth + z) * rows + y) * columns + x;
            stuffed[channel * stuffing.length + flat] = values[from];
          }
          flat++;
        }
      }
    }
  }
  return { stuffing, values: stuffed };
}

/**
 * (in, out / groups, ...) flipped along every spatial axis and turned into (out, in / groups, ...).
 */
function flippedWeight({ shape, values }, groups) {
  const [inChannels, outPerGroup, ...kernelSize] = shape;
  const inPerGroup = inChannels / groups;
  const count = productOf(kernelSize);
  const flipped = new Float32Array(values.length);
  for (let map = 0; map < outPerGroup * groups; map++) {
    for (let index = 0; index < inPerGroup; index++) {
      const channel = Math.floor(map / outPerGroup) * inPerGroup + index;
      const from = (channel * outPerGroup + (map % outPerGroup)) * count;
      const to = (map * inPerGroup + index) * count;
      // Row by row, flipping every axis is reading backwards.
      for (let k = 0; k < count; k++) flipped[to + k] = values[from + count - 1 - k];
    }
  }
  return { shape: [outPerGroup * groups, inPerGroup, ...kernelSize], values: flipped };
}

/**
 * The convolution that computes the same output as a transposed convolution's scene.
 * @returns {object} an ordinary scene, with `stuffing`: which cells of its input [depth, rows,
 *   columns] are zeros put in (1) and which are the input's own (0)
 */
export function stuffedScene(scene) {
  const inputSize = scene.input.shape.slice(1);
  const axes = inputSize.map((size, axis) => stuffedAxis(scene.operation, axis, size));
  const shown = axes.map((each, axis) =>
    shownAt(each, scene.operation.stride[axis], inputSize[axis]),
  );
  const { stuffing, values } = stuffedInput(scene.input, shown);
  const size = axes.map(({ length }) => length);
  const operation = {
    ...scene.operation,
    kind: "convolution",
    stride: [1, 1, 1],
    padding: axes.map(({ padding }) => padding),
    outputPadding: [0, 0, 0],
  };
  return {
    ...scene,
    operation,
    input: { shape: [scene.input.shape[0], ...size], values },
    weight: flippedWeight(scene.weight, operation.groups),
    kernelLines: null,
    stuffing,
    taps: tapsOf(operation, size),
  };
}
