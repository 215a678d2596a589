/** Numbers and sentences for people. No DOM. */

const MINUS = "\u2212";
const grouped = new Intl.NumberFormat("en");
const sign = (text) => text.replace("-", MINUS);

/** A number with a fixed count of decimals and a real minus; never "−0.00". */
export function fixed(value, decimals = 2) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value < 0 ? `${MINUS}∞` : "∞";
  const text = value.toFixed(decimals);
  return sign(Number(text) === 0 ? text.replace("-", "") : text);
}

/** A number as a person would write it: integers bare, else up to three decimals. */
export function plain(value) {
  return sign(String(Number(value.toFixed(3)) || 0));
}

/** The most exact way to write a number in at most `characters`; at least its magnitude. */
export function fitted(value, characters) {
  const candidates = [fixed(value, 2), fixed(value, 1), fixed(value, 0)];
  if (Number.isInteger(value)) candidates.unshift(fixed(value, 0));
  if (Math.abs(value) < 1) candidates.splice(1, 0, fixed(value, 2).replace("0.", "."));
  const rounded = candidates.find((text) => text.length <= characters);
  return rounded ?? sign(value.toExponential(0).replace("+", ""));
}

/** "3 × 3", "1 × 28 × 28". */
export const times = (sizes) => sizes.join(" × ");

/** "12 cells a second" for a rate that may be fractional. */
export function speedText(rate) {
  if (rate < 1.5) return "1 cell a second";
  return `${grouped.format(Math.round(rate))} cells a second`;
}

const range = (cells, before) => {
  const [first, last] = [cells[0] - before + 1, cells[cells.length - 1] - before + 1];
  const every = cells.length > 1 ? cells[1] - cells[0] : 1;
  const text = first === last ? sign(`${first}`) : sign(`${first}`) + " to " + sign(`${last}`);
  return every > 1 ? `${text}, every ${every}` : text;
};

function poolingSentence(scene, terms) {
  const word = scene.operation === "max" ? "largest value" : "mean";
  return terms.channels
    .map((channel, index) => {
      const name = terms.channels.length > 1 ? ` in ${scene.channels[index]}` : "";
      return `The ${word} of ${channel.counted} cells${name} is ${fixed(terms.outputs[index], 3)}.`;
    })
    .join(" ");
}

function convolutionSentence(scene, terms) {
  const count = terms.channels[0].patch.length;
  const sums = terms.channels.map(
    (channel, index) =>
      (terms.channels.length > 1 ? `${scene.channels[index]} ` : "") + fixed(channel.partial, 3),
  );
  return (
    `The sum of ${count} products${terms.channels.length > 1 ? " per channel" : ""} is ` +
    `${sums.join(", ")}; plus bias ${plain(terms.bias)} gives ${fixed(terms.outputs[0], 3)}.`
  );
}

/** One step as text, for screen readers. Rows and columns count from 1; 0 and less is padding. */
export function sentence(scene, terms) {
  const [row, column] = terms.position;
  const [, rows, columns] = scene.output.shape;
  const { padding } = scene.window;
  const where =
    `Output row ${row + 1} of ${rows}, column ${column + 1} of ${columns}. ` +
    `The window reads input rows ${range(terms.cells[0], padding[0][0])} and ` +
    `columns ${range(terms.cells[1], padding[1][0])}. `;
  const what = scene.operation === "convolution" ? convolutionSentence : poolingSentence;
  return where + what(scene, terms);
}
