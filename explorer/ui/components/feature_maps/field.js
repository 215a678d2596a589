/**
 * What a unit looks at, from its layer's receptive field along each axis. No DOM.
 *
 * As in explorer/network/receptive_field.py, unit u looks at `size` cells from offset + u·jump on.
 */

/** Along one axis: first and stop of the cells, the part inside, and how many are padding. */
export function fieldAlong({ size, jump, offset }, unit, length) {
  const first = Math.floor(offset + unit * jump);
  const stop = Math.ceil(offset + unit * jump + size);
  return {
    first,
    stop,
    from: Math.min(length, Math.max(0, first)),
    to: Math.max(0, Math.min(length, stop)),
    before: Math.max(0, Math.min(stop, 0) - first),
    after: Math.max(0, stop - Math.max(length, first)),
  };
}

/** Per axis what a unit [depth, row, column] looks at; the whole picture where `field` is null. */
export function fieldOf(field, unit, lengths) {
  return lengths.map((length, axis) =>
    fieldAlong(field ? field[axis] : { size: length, jump: 0, offset: 0 }, field ? unit[axis] : 0, length),
  );
}

/** How far the fields of all units reach over each end of an axis. */
export function reachAlong(along, units, length) {
  if (!along) return { before: 0, after: 0 };
  const first = fieldAlong(along, 0, length);
  const last = fieldAlong(along, units - 1, length);
  return { before: Math.max(0, -first.first), after: Math.max(0, last.stop - length) };
}

const NAMES = ["slice", "row", "column"];

function along(name, { from, to }) {
  if (to - from === 1) return `${name} ${from + 1}`;
  return `${name}s ${from + 1} to ${to}`;
}

/** "row 3, column 5" of a unit, along the axes the layer has. */
export function unitText(unit, axes) {
  return NAMES.slice(3 - axes)
    .map((name, at) => `${name} ${unit[3 - axes + at] + 1}`)
    .join(", ");
}

/** What a unit looks at, as a sentence; rows and columns count from 1. */
export function fieldText(field, seen, axes) {
  if (!field) return "It looks at the whole picture.";
  const own = seen.slice(3 - axes);
  const names = NAMES.slice(3 - axes);
  const size = own.map(({ first, stop }) => stop - first).join(" × ");
  if (own.some(({ from, to }) => to <= from)) return `It looks at ${size} cells, all of them padding.`;
  const cells = own.map((each, at) => along(names[at], each));
  const last = cells.pop();
  const where = cells.length ? `${cells.join(", ")} and ${last}` : last;
  const padded = own.some(({ before, after }) => before + after > 0);
  const noun = own.every(({ first, stop }) => stop - first === 1) ? "one cell" : `${size} cells`;
  return `It looks at ${noun}: ${where}${padded ? ", and padding" : ""}.`;
}
