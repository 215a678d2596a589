/** Where everything goes: panels in the player, grids in the arithmetic. Lengths in CSS pixels. No DOM. */

const GAP = 28; // between panels, and room for the links between them
const THREE_COLUMNS_FROM = 1400; // below, pictures are larger with the arithmetic under them
const TWO_COLUMNS_FROM = 480;
const ROW_BOX = 76; // the height kept for a field of a single row

/** The largest size of the field `columns` × `rows` in a box, its cells square. */
export function fit(columns, rows, width, height) {
  const cell = Math.min(width / columns, height / rows);
  return { cell, cellHeight: cell, width: cell * columns, height: cell * rows };
}

/** A single row of `columns` cells, as high as it takes to be seen and pointed at. */
export function fitRow(columns, width) {
  const cell = width / columns;
  const cellHeight = Math.max(56, cell);
  return { cell, cellHeight, width, height: cellHeight };
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
  if (rows === 1) return { columns: 1, arithmetic: width, picture: { width, height: ROW_BOX } };
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
const LOWEST_CELL = 20;
const HEADING = 24;
const EDGE = 3; // frames are drawn over the last cells' edges
const SIGN = 26; // room for × and =
const ROW_GAP = 10;
const LABEL = 62; // the channel's or slice's name before its row
const LABELLED_FROM = 420; // on a phone the patches' colours and the ledger say it
const LEDGER = { width: 240, gap: 26, line: 25, result: 8 }; // a result is boxed: a little taller
const HIGHEST = 680; // the arithmetic of 7×7 cells in three channels, with every number

const sum = (values) => values.reduce((total, value) => total + value, 0);

function place(cell, content, width) {
  const { roles, rows, lines, results } = content;
  const grids = roles.map((role) => ({
    width: role.columns * cell.width,
    height: role.rows * cell.height,
  }));
  const rowHeight = Math.max(...grids.map(({ height }) => height));
  const label = rows.length > 1 && width >= LABELLED_FROM ? LABEL : 0;
  const gridsWidth =
    label + 2 * EDGE + sum(grids.map((grid) => grid.width)) + (roles.length - 1) * SIGN;
  const gridsHeight = rows.length * rowHeight + (rows.length - 1) * ROW_GAP;
  const ledgerHeight = lines * LEDGER.line + results * LEDGER.result + 8;
  const beside = gridsWidth + LEDGER.gap + LEDGER.width + EDGE <= width;
  const height = beside
    ? HEADING + Math.max(gridsHeight, ledgerHeight) + EDGE
    : HEADING + gridsHeight + ROW_GAP + ledgerHeight + EDGE;
  return { cell, grids, rowHeight, label, gridsWidth, gridsHeight, ledgerHeight, beside, height };
}

/**
 * Where the arithmetic's grids lie.
 * @param {{roles: {role: string, rows: number, columns: number}[], rows: object[], lines: number,
 *   results: number}} content one grid per role in each row (`rows` says what each row is); how many
 *   lines are added up, and how many of them are results
 * @param {number} width available
 * @param {number} comfortable the height it should not exceed, if that can be with numbers
 * @returns {{numbered: boolean, cell: object, grids: object[], ledger: object, width: number,
 *   height: number}} `numbered` is false when cells are too small for numbers
 */
export function planArithmetic(content, width, comfortable) {
  const tried = CELL_WIDTHS.map((cellWidth) =>
    place(
      { width: cellWidth, height: Math.max(LOWEST_CELL, Math.round(cellWidth * 0.74)) },
      content,
      width,
    ),
  );
  const fits = (highest) => (plan) => plan.gridsWidth <= width && plan.height <= highest;
  const plan =
    tried.find((each) => each.beside && fits(comfortable)(each)) ??
    tried.find(fits(comfortable)) ??
    tried.find(fits(HIGHEST)) ??
    place(foldedCell(content, width), content, width);
  return placed(plan, content, width);
}

/** A cell too small for numbers, for kernels that do not fit otherwise. */
function foldedCell({ roles, rows }, width) {
  const room = width - 2 * EDGE - LABEL - (roles.length - 1) * SIGN;
  const side = Math.min(
    SMALLEST_NUMBERED - 1,
    Math.floor(room / sum(roles.map(({ columns }) => columns))),
    Math.max(6, Math.floor((HIGHEST * 0.7) / (rows.length * Math.max(...roles.map((r) => r.rows))))),
  );
  return { width: Math.max(2, side), height: Math.max(2, side) };
}

function placed(plan, { roles, rows }, width) {
  const { cell, rowHeight, label, gridsWidth, gridsHeight, ledgerHeight, beside, height } = plan;
  const whole = beside ? gridsWidth + LEDGER.gap + LEDGER.width : gridsWidth;
  const left = Math.max(EDGE, Math.round((width - whole) / 2));
  const content = height - HEADING - EDGE;
  const top = HEADING + (beside ? Math.round((content - gridsHeight) / 2) : 0);
  const grids = rows.flatMap((row, at) => {
    let x = left + label;
    return roles.map(({ role, ...size }, index) => {
      const grid = plan.grids[index];
      const y = top + at * (rowHeight + ROW_GAP) + Math.round((rowHeight - grid.height) / 2);
      const count = size.rows * size.columns;
      const planned = { role, row: at, ...row, columns: size.columns, count, x, y, ...grid };
      x += grid.width + SIGN;
      return planned;
    });
  });
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
    headings: plan.grids.length ? top - 12 : 0,
    ledger: { x: Math.max(0, ledgerLeft), y: ledgerTop, width: LEDGER.width, line: LEDGER.line },
    width,
    height,
  };
}

/** The grid and the cell in it (row by row) under a point of the arithmetic, or null. */
export function gridCellUnder(plan, x, y) {
  const grid = plan.grids.find(
    (each) => x >= each.x && x < each.x + each.width && y >= each.y && y < each.y + each.height,
  );
  if (!grid) return null;
  const row = Math.floor((y - grid.y) / plan.cell.height);
  return { grid, index: row * grid.columns + Math.floor((x - grid.x) / plan.cell.width) };
}
