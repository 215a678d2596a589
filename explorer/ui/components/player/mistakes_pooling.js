/** What people get who make a known mistake in the value of a pooled cell. No DOM. */

import { CELL } from "./arithmetic.js";
import { counted, fixed, plain, rangesText } from "./format.js";
import { isMaximum, isSliding, productOf } from "./geometry.js";

const total = (values) => values.reduce((sum, value) => sum + value, 0);
// Not Math.max(...values): a global pooling has more cells than a call has arguments.
const largestOf = (values) => values.reduce((most, value) => Math.max(most, value), -Infinity);
const text = (value) => fixed(value, 2);

/** The values of the picture's own cells in the window. */
const picturedOf = ({ patch, inside }) =>
  Array.from(patch).filter((_, index) => inside[index] === CELL.picture);

/** Taking another number of the window than the one asked for. */
function otherNumbers({ operation }, channel) {
  const read = picturedOf(channel);
  const sum = total(read);
  const count = counted(read.length, "cell");
  const asked = isMaximum(operation)
    ? "The largest is asked for."
    : operation.kind === "lp"
      ? `The norm is asked for: powers of ${plain(operation.normType)}, added up, then the root.`
      : "The mean is asked for.";
  const known = { max: ["max", "adaptive_max"], mean: ["average", "adaptive_average"] };
  const numbers = [
    ["max", largestOf(read), "largest"],
    ["mean", sum / read.length, "mean"],
    ["sum", sum, "sum"],
    ["smallest", -largestOf(read.map((x) => -x)), "smallest"],
  ];
  return numbers
    .filter(([name]) => read.length && !known[name]?.includes(operation.kind))
    .map(([name, answer, word]) => {
      const message = `That is the ${word} of the ${count}. ${asked}`;
      return { name: `${name} instead`, answer, message };
    });
}

function largestMistakes(channel) {
  const mistakes = [];
  const read = picturedOf(channel);
  const absolute = read.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0);
  const message = `${text(absolute)} is the farthest from 0, but the largest value is asked for.`;
  mistakes.push({ name: "absolute", answer: absolute, message });
  if (read.length < channel.patch.length) {
    mistakes.push({
      name: "padding counted",
      answer: Math.max(0, largestOf(read)),
      message: "You let the padding win: for a maximum it counts as minus infinity, not as 0.",
    });
  }
  return mistakes;
}

function meanMistakes({ operation }, { patch, inside, sum, counted: count, divisor }) {
  const pictured = inside.reduce((found, cell) => found + (cell === CELL.picture), 0);
  const padded = inside.reduce((found, cell) => found + (cell <= CELL.picture), 0);
  const whole = operation.kind === "average" ? productOf(operation.kernelSize) : patch.length;
  const why = operation.divisorOverride === divisor ? ", the divisor that is set." : ".";
  const rule = ` The sum, ${text(sum)}, is divided by ${divisor}${why}`;
  const mistake = (name, by, message) => ({ name, answer: sum / by, message: message + rule });
  return [
    mistake(
      "padding not counted",
      pictured,
      `You divided by the ${pictured} cells of the picture.`,
    ),
    mistake("padding counted", padded, `You counted the padding: ${padded} cells.`),
    mistake("divisor", count, `You divided by the ${count} cells.`),
    mistake("whole window", whole, `You divided by the whole window's ${whole} cells.`),
  ];
}

function normMistakes({ operation }, { sum, counted: count }) {
  const power = plain(operation.normType);
  const whole = productOf(operation.kernelSize);
  const rescaled =
    `Only ${count} of the window's ${whole} cells are there: PyTorch multiplies the sum by ` +
    `${whole} / ${count} first.`;
  return [
    {
      name: "root",
      answer: sum,
      message: `You forgot the root: ${text(sum)} is the sum of the powers of ${power}.`,
    },
    {
      name: "mean of powers",
      answer: (sum / count) ** (1 / operation.normType),
      message: "You took the mean of the powers: they are added up.",
    },
    { name: "cut window", answer: sum ** (1 / operation.normType), message: rescaled },
  ];
}

/** Adaptive windows as if all were as small as the size divided and rounded down. */
function equalWindows(scene, { position, coordinates, channels }) {
  const { kind } = scene.operation;
  const cells = [];
  const [, ...size] = scene.input.shape;
  const starts = position.map((at, axis) => {
    const length = Math.max(1, Math.floor(size[axis] / scene.output.shape[axis + 1]));
    return [at * length, length];
  });
  const from = channels[0].channel * productOf(size);
  const [[z0, zs], [y0, ys], [x0, xs]] = starts;
  for (let z = z0; z < z0 + zs; z++) {
    for (let y = y0; y < y0 + ys; y++) {
      for (let x = x0; x < x0 + xs; x++) {
        cells.push(scene.input.values[from + (z * size[1] + y) * size[2] + x]);
      }
    }
  }
  const message =
    "You took windows of equal size, one after the other. Where the size does not divide evenly " +
    `they differ and overlap: this one reads ${rangesText(scene, coordinates)}.`;
  const answer = kind === "adaptive_max" ? largestOf(cells) : total(cells) / cells.length;
  return [{ name: "equal windows", answer, message }];
}

/**
 * Known mistakes in the value of a pooled cell.
 * @param {object} terms with the asked channel alone (mistakes_value.askedTerms)
 * @returns {Array<{name: string, answer: number, message: string}>} the likeliest first
 */
export function poolingMistakes(scene, terms) {
  const { kind } = scene.operation;
  const [channel] = terms.channels;
  if (kind === "unpool") {
    const message =
      "A pooled value goes back only to the cell that it came from; the others get 0.";
    return picturedOf(channel).map((answer) => ({ name: "not here", answer, message }));
  }
  const mistakes = otherNumbers(scene, channel);
  if (isMaximum(scene.operation)) mistakes.push(...largestMistakes(channel));
  else if (kind === "lp") mistakes.push(...normMistakes(scene, channel));
  else mistakes.push(...meanMistakes(scene, channel));
  if (!isSliding(scene.operation)) mistakes.push(...equalWindows(scene, terms));
  return mistakes;
}
