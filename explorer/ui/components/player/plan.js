/** Where everything goes: panels in the player, grids in the arithmetic. Lengths in CSS pixels. No DOM. */

const GAP = 28; // between panels, and room for the links between them
const THREE_COLUMNS_FROM = 1400; // below, pictures are larger with the arithmetic under them
const TWO_COLUMNS_FROM = 480;

/** The largest size of the field `columns` × `rows` in a box, its cells square. */
export function fit(columns, rows, width, height) {
  const cell = Math.min(width / columns, height / rows);
  return { cell, width: cell * columns, height: cell * rows };
}

/** How high a picture may be, so that its arithmetic shares the screen with it. */
export const highestPicture = (screen) => Math.max(280, Math.min(520, Math.round(screen * 0.42)));

/**
 * The panels' arrangement for a width.
 * @returns {{columns: number, picture: {width: number, height: number}, arithmetic: number}} the
 *   box of input and output, alike so that nothing jumps, and the width for the arithmetic
 */
export function arrangement(width, pictureShape, highest) {
  const [rows, columns] = pictureShape;
  const box = (boxWidth) => ({
    width: boxWidth,
    height: Math.round(Math.min(highest, Math.max(boxWidth * 0.5, (boxWidth * rows) / columns))),
  });
  if (width >= THREE_COLUMNS_FROM) {
    const arithmetic = Math.min(420, Math.round(width * 0.34));
    return { columns: 3, arithmetic, picture: box(Math.floor((width - arithmetic - 2 * GAP) / 2)) };
  }
  if (width >= TWO_COLUMNS_FROM) {
    return { columns: 2, arithmetic: width, picture: box(Math.floor((width - GAP) / 2)) };
  }
  return { columns: 1, arithmetic: width, picture: box(width) };
}

const CELL_WIDTHS = [58, 52, 46, 42, 38, 34, 31, 28];
const SMALLEST_NUMBERED = CELL_WIDTHS[CELL_WIDTHS.length - 1];
const HEADING = 24;
const EDGE = 3; // frames are drawn over the last cells' edges
const SIGN = 26; // room for × and =
const ROW_GAP = 10;
const LABEL = 52; // the channel's name before its row
const LABELLED_FROM = 420; // on a phone the patches' colours and the ledger say it
const LEDGER = { width: 212, gap: 26, line: 25, result: 8 }; // a result is boxed: a little taller

const labelWidth = (channels, width) => (channels > 1 && width >= LABELLED_FROM ? LABEL : 0);

function place(cell, content, width) {
  const { roles, channels, kernelSize, lines, results } = content;
  const [rows, columns] = kernelSize;
  const grid = { width: columns * cell.width, height: rows * cell.height };
  const label = labelWidth(channels, width);
  const gridsWidth = label + 2 * EDGE + roles.length * grid.width + (roles.length - 1) * SIGN;
  const gridsHeight = channels * grid.height + (channels - 1) * ROW_GAP;
  const ledgerHeight = lines * LEDGER.line + results * LEDGER.result + 8;
  const beside = gridsWidth + LEDGER.gap + LEDGER.width <= width;
  const height = beside
    ? HEADING + Math.max(gridsHeight, ledgerHeight) + EDGE
    : HEADING + gridsHeight + ROW_GAP + ledgerHeight + EDGE;
  return { cell, grid, label, gridsWidth, gridsHeight, ledgerHeight, beside, height };
}

/**
 * Where the arithmetic's grids lie.
 * @param {{roles: string[], channels: number, kernelSize: number[], lines: number,
 *   results: number}} content one grid per role in each channel's row; how many lines are added
 *   up, and how many of them are results
 * @param {number} width available
 * @param {number} highest the height it should not exceed, if that can be
 * @returns {{numbered: boolean, cell: object, grids: object[], ledger: object, width: number,
 *   height: number}} `numbered` is false when cells are too small for numbers
 */
export function planArithmetic(content, width, highest) {
  const tried = CELL_WIDTHS.map((cellWidth) =>
    place({ width: cellWidth, height: Math.max(22, Math.round(cellWidth * 0.74)) }, content, width),
  );
  const fitsHere = (plan) => plan.gridsWidth <= width && plan.height <= highest;
  const plan =
    tried.find((each) => each.beside && fitsHere(each)) ??
    tried.find(fitsHere) ??
    place(foldedCell(content, width, highest), content, width);
  return placed(plan, content, width);
}

/** A cell too small for numbers, for kernels that do not fit otherwise. */
function foldedCell({ roles, channels, kernelSize }, width, highest) {
  const room = width - 2 * EDGE - labelWidth(channels, width) - (roles.length - 1) * SIGN;
  const side = Math.min(
    SMALLEST_NUMBERED - 1,
    Math.floor(room / (roles.length * kernelSize[1])),
    Math.max(6, Math.floor((highest - HEADING) / (channels * kernelSize[0]))),
  );
  return { width: Math.max(2, side), height: Math.max(2, side) };
}

function placed(plan, { roles, channels }, width) {
  const { cell, grid, label, gridsWidth, gridsHeight, ledgerHeight, beside, height } = plan;
  const whole = beside ? gridsWidth + LEDGER.gap + LEDGER.width : gridsWidth;
  const left = Math.max(EDGE, Math.round((width - whole) / 2));
  const content = height - HEADING - EDGE;
  const top = HEADING + (beside ? Math.round((content - gridsHeight) / 2) : 0);
  const grids = [];
  for (let channel = 0; channel < channels; channel++) {
    roles.forEach((role, index) => {
      const x = left + label + index * (grid.width + SIGN);
      const y = top + channel * (grid.height + ROW_GAP);
      grids.push({ role, channel, x, y, ...grid });
    });
  }
  const ledgerLeft = beside ? left + gridsWidth + LEDGER.gap : (width - LEDGER.width) / 2;
  const ledgerTop = beside
    ? HEADING + Math.round((content - ledgerHeight) / 2)
    : HEADING + gridsHeight + ROW_GAP;
  return {
    numbered: cell.width >= SMALLEST_NUMBERED,
    cell,
    grids,
    sign: SIGN,
    left,
    label,
    ledger: { x: Math.max(0, ledgerLeft), y: ledgerTop, width: LEDGER.width, line: LEDGER.line },
    width,
    height,
  };
}

/** The cell of a field under a point of its view, or null outside. */
export function cellUnder(x, y, view, [rows, columns]) {
  const column = Math.floor((x / view.width) * columns);
  const row = Math.floor((y / view.height) * rows);
  return row >= 0 && row < rows && column >= 0 && column < columns ? [row, column] : null;
}
