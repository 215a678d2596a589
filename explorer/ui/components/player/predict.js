/**
 * Questions about what comes next, and what a wrong answer tells. No DOM.
 *
 * A wrong answer is recognised by making the known mistakes (mistakes_*.js) and comparing.
 */

import { counted, fixed, placeText, plain, times } from "./format.js";
import { hasWeights, isAdaptive, isMaximum } from "./geometry.js";
import { parameterMistakes, parametersFormula, parametersOf } from "./mistakes_parameters.js";
import { shapeMistakes, sizeFormula } from "./mistakes_shape.js";
import { askedTerms, valueMistakes } from "./mistakes_value.js";
import { numberIn } from "./weights.js";

const DECIMALS = 2; // of a value, as the cells show them
const HALF = 0.5 * 10 ** -DECIMALS + 1e-9;
const NAMES = {
  convolution: "convolution",
  transposed: "transposed convolution",
  max: "max pooling",
  average: "average pooling",
  lp: "Lp pooling",
  adaptive_max: "adaptive max pooling",
  adaptive_average: "adaptive average pooling",
  unpool: "max-unpooling",
};

/** "an adaptive max pooling": a name with its article, as it is spoken. */
const named = ({ kind }) => `${/^[aL]/.test(NAMES[kind]) ? "an" : "a"} ${NAMES[kind]}`;

const rounded = (value) => Number(value.toFixed(DECIMALS));
const own = (entries, dimensions) => entries.slice(entries.length - dimensions);

/** The value as somebody gets it who computes with the numbers shown in the cells. */
function valueAsShown({ operation }, { channels, bias, value }) {
  if (!hasWeights(operation)) return value;
  return channels.reduce(
    (sum, { patch, weight }) =>
      patch.reduce((part, x, index) => part + rounded(x) * rounded(weight[index]), sum),
    bias,
  );
}

function valueHint({ operation }, { channels }) {
  const { counted: cellCount, patch } = channels[0];
  if (hasWeights(operation)) {
    const slices = channels.length > 1 ? ` in each of the ${channels.length} channels` : "";
    const cells = operation.kind === "transposed" ? "input cells that reach it" : "cells";
    return (
      `Multiply each of the ${cellCount} ${cells}${slices} by its weight, add the products, ` +
      "then the bias."
    );
  }
  if (operation.kind === "unpool")
    return "Does a pooled value point to this cell? If not, it is 0.";
  if (isMaximum(operation)) return `Look for the largest of ${cellCount} cells.`;
  if (operation.kind === "lp") {
    return `Raise ${cellCount} cells to the power of ${plain(operation.normType)}, add up, take a root.`;
  }
  return `Add up the ${patch.length} cells of the window and divide.`;
}

function askValue(scene, step, map) {
  const terms = askedTerms(scene, step, map);
  const place = placeText(scene, terms.position);
  const names = hasWeights(scene.operation) ? scene.maps : scene.channels;
  const which = names.length > 1 ? ` of ${names[map] ?? `map ${map}`}` : "";
  return {
    text: `What comes out at ${place}${which}? Give ${DECIMALS} decimals.`,
    answer: terms.value,
    accepted: [terms.value, valueAsShown(scene, terms)],
    mistakes: valueMistakes(scene, step, map),
    hint: valueHint(scene, terms),
    solution: `${place}: ${fixed(terms.value, DECIMALS)}`,
  };
}

/** "kernel 3 × 3, stride 2 × 2, padding 1 before and 1 after", what is not usual only. */
function settingsText({ operation, dimensions }) {
  const alike = (entries) =>
    new Set(entries).size === 1 ? `${entries[0]}` : times(entries.map(String));
  const parts = [];
  const add = (name, entries, usual) => {
    if (entries.some((entry) => entry !== usual)) parts.push(`${name} ${alike(entries)}`);
  };
  if (isAdaptive(operation) || operation.kind === "unpool") {
    return `output size ${times(own(operation.outputSize, dimensions))}`;
  }
  parts.push(`kernel ${times(own(operation.kernelSize, dimensions))}`);
  parts.push(`stride ${alike(own(operation.stride, dimensions))}`);
  const padding = own(operation.padding, dimensions);
  const even = padding.every(([before, after]) => before === after);
  const sides = padding.map(([before, after]) =>
    even ? before : `${before} before, ${after} after`,
  );
  if (padding.flat().some(Boolean)) {
    parts.push(`padding ${alike(sides)}${even ? " on each side" : ""}`);
  }
  add("dilation", own(operation.dilation, dimensions), 1);
  add("output padding", own(operation.outputPadding, dimensions), 0);
  if (operation.groups > 1) parts.push(`${operation.groups} groups`);
  if (operation.ceilMode) parts.push("ceil_mode");
  return parts.join(", ");
}

const shapeOf = ({ shape }, dimensions) => [shape[0], ...own(shape, dimensions)];

function askShape(scene) {
  const { input, output, dimensions, operation } = scene;
  const maps = hasWeights(operation) ? `, ${counted(output.shape[0], "output map")}` : "";
  const axes = Array.from({ length: dimensions }, (_, index) => 3 - dimensions + index);
  const answer = shapeOf(output, dimensions);
  return {
    text:
      `Given ${named(operation)} of ${times(shapeOf(input, dimensions))} (channels first) with ` +
      `${settingsText(scene)}${maps}: what is the output's shape?`,
    answer,
    channels: input.shape[0],
    inputSize: own(input.shape, dimensions),
    mistakes: shapeMistakes(scene),
    hint: "Along each axis count the places of the window; then how many maps there are.",
    solution: `${times(answer)}: ${axes.map((axis) => sizeFormula(scene, axis)).join("; ")}`,
  };
}

function askParameters(scene) {
  const { input, output, operation, bias, dimensions } = scene;
  const channels = hasWeights(operation)
    ? ` from ${input.shape[0]} to ${counted(output.shape[0], "channel")}`
    : "";
  const withBias = hasWeights(operation) ? (bias ? ", with bias" : ", without bias") : "";
  const groups = operation.groups > 1 ? ` and ${operation.groups} groups` : "";
  const kernel = isAdaptive(operation)
    ? ""
    : ` with kernel ${times(own(operation.kernelSize, dimensions))}`;
  const answer = parametersOf(scene);
  return {
    text:
      `How many parameters has ${named(operation)}${channels}${kernel}${groups}${withBias}?`,
    answer,
    accepted: [answer],
    mistakes: parameterMistakes(scene),
    hint: "Output maps times the input channels of each, times the kernel's cells, then the bias.",
    solution: hasWeights(operation) ? `${parametersFormula(scene)} = ${answer}` : "0: nothing is learned",
  };
}

/**
 * A question about a scene.
 * @param {"value"|"shape"|"parameters"} kind
 * @param {number} step the output cell whose value is asked for
 * @param {number} map its map, of a pooling its channel; the first one if there is no such map
 * @returns {{kind: string, step: number, map: number, text: string, answer: (number|number[]),
 *   mistakes: object[], hint: string, solution: string}} for `judge`; `solution` is for revealing
 */
export function ask(scene, kind, step = 0, map = 0) {
  const asked = {
    value: () => askValue(scene, step, map >= 0 && map < scene.output.shape[0] ? map : 0),
    shape: () => askShape(scene),
    parameters: () => askParameters(scene),
  };
  return { kind, step, map, ...asked[kind]() };
}

/** A number in a text: also a fraction, infinity, and a comma for the point. */
function valueIn(typed) {
  const text = typed
    .trim()
    .replace(/[\u2212\u2013]/g, "-")
    .replace(/^\+/, "");
  if (/^-?(∞|inf(inity)?)$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  const fraction = text.match(/^([^/]+)\/([^/]+)$/);
  return fraction ? numberIn(fraction[1]) / numberIn(fraction[2]) : numberIn(text);
}

/** A whole number in a text, with or without separators: 1,234 and 1 234 and 1'234. */
function countIn(typed) {
  const text = typed.trim();
  const separated = /^\d{1,3}([,.'’\u00a0\u202f ]\d{3})+$/.test(text);
  return separated ? Number(text.replace(/\D/g, "")) : valueIn(text);
}

/** Whole numbers between any of × x * , and spaces, in brackets or not; null if there is more. */
function shapeIn(typed) {
  const text = typed
    .trim()
    .toLowerCase()
    .replace(/^torch\.size/, "");
  if (!/^[\d\s()[\]x×*·,;]+$/.test(text)) return null;
  const sizes = text.match(/\d+/g)?.map(Number) ?? [];
  return sizes.length ? sizes : null;
}

const wrong = (diagnosis, message) => ({ right: false, diagnosis, message });
const near = (one, other, tolerance) => one === other || Math.abs(one - other) <= tolerance;

function judgeNumber(question, value, tolerance, shown) {
  const { accepted, mistakes, hint, answer } = question;
  if (Number.isNaN(value)) {
    return wrong("unreadable", "Type a number, for example −1.25.");
  }
  if (accepted.some((each) => near(value, each, tolerance))) {
    return { right: true, diagnosis: null, message: `Right: ${shown(answer)}.` };
  }
  const mistake = mistakes.find((each) => near(value, each.answer, tolerance));
  if (mistake) return wrong(mistake.name, `Not ${shown(value)}. ${mistake.message}`);
  if (near(value, -answer, tolerance)) {
    return wrong("sign", `Not ${shown(value)}: the size is right, the sign is not.`);
  }
  return wrong(null, `Not ${shown(value)}. ${hint}`);
}

/** A value that is right but rounded more than was asked for. */
function isRougher(typed, value, answer) {
  const decimals = (typed.trim().match(/[.,](\d+)$/)?.[1] ?? "").length;
  return decimals < DECIMALS && near(value, answer, 0.5 * 10 ** -decimals + 1e-9);
}

function judgeValue(question, typed) {
  const value = valueIn(typed);
  const verdict = judgeNumber(question, value, HALF, (number) => fixed(number, DECIMALS));
  if (verdict.right || verdict.diagnosis || !isRougher(typed, value, question.answer))
    return verdict;
  return wrong("rounded", `Nearly. Give ${DECIMALS} decimals: ${typed.trim()} is rounded too far.`);
}

/** What is typed as [channels or null, size per axis]; null where it has another number of axes. */
function partsOf(sizes, answer) {
  const dimensions = answer.length - 1;
  if (sizes.length === dimensions) return [null, sizes];
  if (sizes.length === dimensions + 1) return [sizes[0], sizes.slice(1)];
  if (sizes.length === dimensions + 2 && sizes[0] === 1) return [sizes[1], sizes.slice(2)];
  return null;
}

const same = (one, other) => one.every((value, index) => value === other[index]);

/** The mistake that explains every size that is wrong, or the first that is wrong. */
function mistakeOf(size, expected, mistakes) {
  const explains = (mistake, axis) => mistake.size[axis] === size[axis];
  const off = size.map((_, axis) => axis).filter((axis) => size[axis] !== expected[axis]);
  return (
    mistakes.find((mistake) => off.every((axis) => explains(mistake, axis))) ??
    mistakes.find((mistake) => explains(mistake, off[0]))
  );
}

function judgeSize(question, size, typed) {
  const expected = question.answer.slice(1);
  const mistake = mistakeOf(size, expected, question.mistakes);
  if (size.length > 1 && same([...size].reverse(), expected)) {
    return wrong(
      "order",
      `Not ${typed}: right numbers, other order. PyTorch writes rows before columns.`,
    );
  }
  if (mistake) return wrong(mistake.name, `Not ${typed}. ${mistake.message}`);
  return wrong(null, `Not ${typed}. ${question.hint}`);
}

function judgeShape(question, typed) {
  const sizes = shapeIn(typed);
  if (!sizes)
    return wrong("unreadable", "Type the sizes with × between them, for example 3 × 26 × 26.");
  const { answer, channels } = question;
  // One number for a square: 26 says 26 along each axis.
  const square = sizes.length === 1 && answer.length > 2;
  const parts = square ? [null, answer.slice(1).map(() => sizes[0])] : partsOf(sizes, answer);
  const text = times(sizes);
  if (!parts) {
    const axes = `${answer.length} sizes, the channels first`;
    return wrong("axes", `${text} has ${sizes.length} axes; the output has ${axes}.`);
  }
  const [maps, size] = parts;
  if (!same(size, answer.slice(1))) return judgeSize(question, size, text);
  if (maps === null || maps === answer[0]) {
    return { right: true, diagnosis: null, message: `Right: ${times(answer)}.` };
  }
  const kept = maps === channels ? `${channels} is the input's number of channels. ` : "";
  return wrong(
    "channels",
    `The sizes are right, but not the first number: ${kept}There is one map for each kernel.`,
  );
}

/**
 * Whether what somebody typed answers a question of `ask`, and if not, why not.
 * @returns {{right: boolean, diagnosis: ?string, message: string}} `diagnosis` names the mistake
 *   that gives exactly this answer; null if none is known. The message does not give the answer away
 */
export function judge(question, typed) {
  if (question.kind === "shape") return judgeShape(question, typed);
  if (question.kind === "value") return judgeValue(question, typed);
  return judgeNumber(question, countIn(typed), 0, plain);
}
