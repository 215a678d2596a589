/** What people get who make a known mistake in the output's shape. No DOM. */

import { isAdaptive, isSliding, outputSize, spanOf } from "./geometry.js";

const sum = ([before, after]) => before + after;
const paddedText = (size, pair, sign = "+") =>
  sum(pair) ? `${size} ${sign} ${sum(pair)}` : `${size}`;

/** One axis of an operation, in numbers. */
function axisOf(scene, axis) {
  const { operation } = scene;
  const size = scene.input.shape[axis + 1];
  return {
    size,
    answer: scene.output.shape[axis + 1],
    kernel: operation.kernelSize[axis],
    stride: operation.stride[axis],
    dilation: operation.dilation[axis],
    padding: operation.padding[axis],
    span: spanOf(operation)[axis],
    extra: operation.outputPadding[axis],
    /** The size with some settings of this axis changed; null where there would be none. */
    with(changes) {
      const changed = { ...operation };
      for (const [field, value] of Object.entries(changes)) {
        changed[field] = operation[field].map((now, other) => (other === axis ? value : now));
      }
      return outputSize(changed, scene.input.shape.slice(1))?.[axis] ?? null;
    },
  };
}

/** PyTorch's formula of an axis with the numbers put in, with or without its result. */
export function sizeFormula(scene, axis, solved = true) {
  const { size, answer, stride, padding, span, extra } = axisOf(scene, axis);
  const { operation } = scene;
  const result = solved ? ` = ${answer}` : "";
  if (isAdaptive(operation) || operation.kind === "unpool") return `chosen${result}`;
  if (operation.kind === "transposed") {
    const cut = sum(padding) ? ` − ${sum(padding)}` : "";
    return `(${size} − 1) · ${stride}${cut} + ${span}${extra ? ` + ${extra}` : ""}${result}`;
  }
  const rounding = operation.ceilMode ? "ceil" : "floor";
  return `${rounding}((${paddedText(size, padding)} − ${span}) / ${stride}) + 1${result}`;
}

const windowText = ({ kernel, dilation, span }) =>
  `With dilation ${dilation} the ${kernel} kernel cells cover ` +
  `${dilation} · (${kernel} − 1) + 1 = ${span}.`;

/** Mistakes with a sliding window along one axis: [name, size, message]. */
function slidingMistakes(axis, operation) {
  const { size, stride, padding, dilation, kernel, span } = axis;
  const padded = size + sum(padding);
  const free = padded - span;
  const [before, after] = padding;
  const sides = `${before} before and ${after} after are ${sum(padding)}`;
  const mistakes = [
    ["dilation", axis.with({ dilation: 1 }), `You left out the dilation. ${windowText(axis)}`],
    [
      "dilated kernel",
      Math.floor((padded - dilation * kernel) / stride) + 1,
      `You took dilation · kernel = ${dilation * kernel} cells. ${windowText(axis)}`,
    ],
    [
      "one side",
      axis.with({ padding: [before, 0] }) ?? Math.floor((size + before - span) / stride) + 1,
      `You counted the padding of one side only: ${sides}.`,
    ],
    [
      "padding",
      Math.floor((size - span) / stride) + 1,
      `You left out the padding of ${before} before and ${after} after.`,
    ],
    [
      "padding twice",
      Math.floor((padded + sum(padding) - span) / stride) + 1,
      `You counted the padding twice: ${sides} in all.`,
    ],
    ["stride", free + 1, `You left out the stride: the window moves ${stride} cells at a time.`],
    [
      "plus one",
      Math.floor(free / stride),
      "You forgot the + 1: the window's first place counts too.",
    ],
    [
      "divided",
      stride > 1 ? Math.ceil(size / stride) : null,
      `You only divided by the stride. The window needs room: it covers ${span} cells.`,
    ],
    ["same", size, "That is the input's size. It stays only if padding makes up for the window."],
    [
      "no kernel",
      padded,
      `That is the padded input. A window of ${span} cells does not begin at each of them.`,
    ],
  ];
  mistakes.splice(1, 0, ...roundingMistakes(operation, free, stride));
  return mistakes;
}

function roundingMistakes({ ceilMode }, free, stride) {
  const quotient = `${free} / ${stride}`;
  if (ceilMode) {
    const start =
      "The last window is dropped: it would begin past the input and the padding before it.";
    return [
      [
        "floor",
        Math.floor(free / stride) + 1,
        `You rounded down: with ceil_mode ${quotient} is rounded up.`,
      ],
      ["last window", Math.ceil(free / stride) + 1, start],
    ];
  }
  const message =
    `You rounded up: ${quotient} is rounded down, because a window that does not fit in whole is ` +
    "left out.";
  return [["floor", Math.ceil(free / stride) + 1, message]];
}

function transposedMistakes(axis) {
  const { size, stride, padding, span, extra, kernel } = axis;
  const spread = (size - 1) * stride;
  const cut = sum(padding);
  return [
    ["dilation", axis.with({ dilation: 1 }), `You left out the dilation. ${windowText(axis)}`],
    [
      "output padding",
      spread - cut + span,
      `You left out the output padding: it adds ${extra} at the end.`,
    ],
    [
      "formula",
      Math.floor((size + cut - span) / stride) + 1,
      "That is a convolution's size. A transposed convolution goes the other way: it spreads the " +
        "input's cells, and its padding cuts off.",
    ],
    [
      "one side",
      spread - padding[0] + span + extra,
      `You cut off the padding on one side only: both sides lose ${padding[0]}.`,
    ],
    [
      "padding",
      spread + span + extra,
      `You left out the padding: it cuts ${padding[0]} off each side.`,
    ],
    [
      "padding added",
      spread + cut + span + extra,
      `You added the padding. Here it is cut off: ${padding[0]} from each side.`,
    ],
    [
      "minus one",
      size * stride - cut + span + extra,
      `You moved the stamp ${size} times: between ${size} stamps there are ${size - 1} steps.`,
    ],
    [
      "stride",
      size - 1 - cut + span + extra,
      `You left out the stride: stamps are ${stride} cells apart.`,
    ],
    [
      "multiplied",
      stride > 1 ? size * stride : null,
      "You only multiplied by the stride. The last stamp needs its room too.",
    ],
    ["no kernel", spread + 1 - cut, `You left out that the last stamp is ${span} cells long.`],
    [
      "stamps",
      size * kernel,
      "You laid the stamps side by side. They are a stride apart and may overlap.",
    ],
    ["same", size, "That is the input's size."],
  ];
}

function chosenMistakes({ size, answer }) {
  const chosen = "The output size is chosen, and the windows follow from it.";
  return [
    ["window", Math.floor(size / answer), `That is about the size of a window. ${chosen}`],
    ["same", size, `That is the input's size. ${chosen}`],
  ];
}

/** All mistakes of one axis that lead to some other size, by their names. */
function alongAxis(scene, axis) {
  const numbers = axisOf(scene, axis);
  const { operation } = scene;
  let mistakes;
  if (isSliding(operation)) mistakes = slidingMistakes(numbers, operation);
  else if (operation.kind === "transposed") mistakes = transposedMistakes(numbers);
  else mistakes = chosenMistakes(numbers);
  const formula = sizeFormula(scene, axis, false);
  const hint = formula === "chosen" ? "" : ` PyTorch's formula: ${formula}.`;
  return mistakes
    .filter(([, size]) => size !== null && size !== numbers.answer)
    .map(([name, size, message]) => ({ name, size, message: message + hint }));
}

/**
 * Known mistakes in the output's size.
 * @returns {Array<{name: string, message: string, size: Array<?number>}>} per axis that the scene
 *   really has what the mistake gives; null where it makes no difference. Likeliest first
 */
export function shapeMistakes(scene) {
  const axes = Array.from({ length: scene.dimensions }, (_, index) => 3 - scene.dimensions + index);
  const each = axes.map((axis) => alongAxis(scene, axis));
  const names = [...new Set(each.flat().map(({ name }) => name))];
  const order = (name) => Math.min(...each.map((along) => placeOf(along, name)));
  return names
    .sort((one, other) => order(one) - order(other))
    .map((name) => {
      const found = each.map((along) => along.find((mistake) => mistake.name === name) ?? null);
      return {
        name,
        size: found.map((mistake) => mistake?.size ?? null),
        message: found.find((mistake) => mistake).message,
      };
    });
}

function placeOf(along, name) {
  const place = along.findIndex((mistake) => mistake.name === name);
  return place < 0 ? Infinity : place;
}
