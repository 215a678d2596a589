/** The same operation as a product of matrices, drawn with the row or column of the current cell. */

import { colourOf, css, inkOn } from "./colour.js";
import { fitted } from "./format.js";
import { im2col, sparseMatrix } from "./matrix.js";
import { centred, hatch, outline, sized } from "./surface.js";

const [LARGEST_CELL, NUMBERED_FROM, HIGHEST] = [34, 22, 420];
const GAP = 16; // between a matrix and the vectors beside it
const EDGE = 4; // room for frames

const VIEWS = {
  im2col: {
    make: im2col,
    text:
      "im2col: every patch the window reads is written as a column, the kernel stands at the left. " +
      "Each column times the kernel, added up, is the output cell below it. Fast libraries compute " +
      "a convolution this way, as one product of matrices.",
  },
  sparse: {
    make: sparseMatrix,
    text:
      "A sparse (Toeplitz) matrix: one row for each output cell, one column for each input cell. " +
      "Above it the input, flattened; at the right the output. The row of an output cell holds the kernel’s weights where its window lies and zeros elsewhere, " +
      "the same few weights in every row.",
  },
};
const TRANSPOSED =
  " This is the matrix of the convolution with the same kernel, stride and padding, transposed: rows " +
  "and columns have changed places. Hence the name.";

/**
 * One of the two views.
 * @param {"im2col" | "sparse"} kind
 * @param {{point: Function, pin: Function}} actions called with the step under the pointer, or null
 */
export function createMatrixView(kind, actions) {
  const element = document.createElement("section");
  element.className = `matrix ${kind}`;
  const text = document.createElement("p");
  const label = document.createElement("p");
  label.className = "matrix-label";
  const frame = document.createElement("div");
  frame.className = "matrix-frame";
  const still = document.createElement("canvas");
  const moving = document.createElement("canvas");
  moving.setAttribute("role", "img");
  frame.append(still, moving);
  element.append(text, frame, label);
  let matrix = null;
  let plan = null;

  /** Take a scene and map; `layout` follows. */
  function take(scene, map) {
    matrix = VIEWS[kind].make(scene, map);
    text.textContent = matrix.tooLarge ?? VIEWS[kind].text + (matrix.transpose ? TRANSPOSED : "");
    frame.hidden = Boolean(matrix.tooLarge);
    label.textContent = matrix.tooLarge ? "" : matrix.label;
  }

  /** Draw what stays, for a width. */
  function layout(width, scales, theme) {
    if (!matrix || matrix.tooLarge) return;
    const room = width - 2 * EDGE - GAP - LARGEST_CELL;
    const cell = {
      width: Math.min(LARGEST_CELL, room / matrix.columns),
      height: Math.min(LARGEST_CELL, HIGHEST / matrix.rows),
    };
    const side = Math.max(8, Math.min(cell.width, cell.height)); // of the vectors, across
    const matrixAt = kind === "im2col" ? { x: side + GAP, y: EDGE } : { x: EDGE, y: side + GAP };
    const size = { width: cell.width * matrix.columns, height: cell.height * matrix.rows };
    const numbered = Math.min(cell.width, cell.height) >= NUMBERED_FROM;
    plan = { cell, numbered, side, matrixAt, ...size };
    plan.across = kind === "im2col"
      ? { x: matrixAt.x, y: matrixAt.y + size.height + GAP }
      : { x: matrixAt.x, y: EDGE };
    plan.along = kind === "im2col"
      ? { x: EDGE, y: matrixAt.y }
      : { x: matrixAt.x + size.width + GAP, y: matrixAt.y };
    const whole = kind === "im2col"
      ? [matrixAt.x + size.width + EDGE, plan.across.y + side + EDGE]
      : [plan.along.x + side + EDGE, matrixAt.y + size.height + EDGE];
    const pen = sized(still, ...whole);
    sized(moving, ...whole);
    frame.style.width = `${whole[0]}px`;
    frame.style.height = `${whole[1]}px`;
    Object.assign(plan, { whole, theme });
    const [inner, vector] = kind === "im2col"
      ? [scales.input, scales.weight]
      : [scales.weight ?? scales.output, scales.input];
    const [across, along] = kind === "im2col"
      ? [[matrix.product, scales.output], [matrix.vector, vector]]
      : [[matrix.vector, vector], [matrix.product, scales.output]];
    drawMatrix(pen, inner, theme);
    drawVector(pen, across, plan.across, "row");
    drawVector(pen, along, plan.along, "column");
  }

  function drawMatrix(pen, scale, theme) {
    const { cell, numbered, matrixAt, width, height } = plan;
    const pattern = hatch(pen, theme.padding);
    const pixels = new ImageData(matrix.columns, matrix.rows);
    const blank = kind === "im2col" ? "none" : "zero";
    for (let row = 0; row < matrix.rows; row++) {
      for (let column = 0; column < matrix.columns; column++) {
        const role = matrix.role(row, column);
        if (role === blank || role === "padding") continue;
        const colour = colourOf(scale, matrix.value(row, column));
        pixels.data.set([...colour, 255], 4 * (row * matrix.columns + column));
      }
    }
    const image = document.createElement("canvas");
    [image.width, image.height] = [matrix.columns, matrix.rows];
    image.getContext("2d").putImageData(pixels, 0, 0);
    if (kind === "im2col") {
      pen.fillStyle = pattern;
      pen.fillRect(matrixAt.x, matrixAt.y, width, height);
    }
    pen.imageSmoothingEnabled = false;
    pen.drawImage(image, matrixAt.x, matrixAt.y, width, height);
    pen.strokeStyle = theme.padding;
    pen.strokeRect(matrixAt.x, matrixAt.y, width, height);
    if (!numbered) return;
    for (let row = 0; row < matrix.rows; row++) {
      for (let column = 0; column < matrix.columns; column++) {
        const role = matrix.role(row, column);
        const value = matrix.value(row, column);
        if (role === "none") continue;
        pen.fillStyle = role === "picture" || role === "weight" ? inkOn(colourOf(scale, value)) : theme.text;
        const x = matrixAt.x + (column + 0.5) * cell.width;
        number(pen, value, x, matrixAt.y + (row + 0.5) * cell.height);
      }
    }
  }

  function number(pen, value, x, y) {
    const { width, height } = plan.cell;
    pen.font = `${Math.max(11, Math.min(14, Math.min(width, height) * 0.42))}px ${plan.theme.font}`;
    centred(pen, fitted(value, Math.floor(width / 6.5)), x, y);
  }

  function drawVector(pen, [values, scale], { x, y }, direction) {
    const { cell, numbered, side, theme } = plan;
    values.forEach((value, index) => {
      const colour = colourOf(scale, value);
      const place = direction === "row"
        ? { x: x + index * cell.width, y, width: cell.width, height: side }
        : { x, y: y + index * cell.height, width: side, height: cell.height };
      pen.fillStyle = css(colour);
      pen.fillRect(place.x, place.y, place.width + 0.4, place.height + 0.4); // no seams
      if (!numbered) return;
      pen.fillStyle = inkOn(colour);
      number(pen, value, place.x + place.width / 2, place.y + place.height / 2);
    });
    pen.strokeStyle = theme.padding;
    if (direction === "row") pen.strokeRect(x, y, values.length * cell.width, side);
    else pen.strokeRect(x, y, side, values.length * cell.height);
  }

  /** Mark the step: an output cell's row or column, or of a stamp the input cell's. */
  function paint(step, stamps, stepText) {
    if (!matrix || matrix.tooLarge || !plan) return;
    const { cell, side, matrixAt, width, height, across, along, theme, whole } = plan;
    const pen = moving.getContext("2d");
    pen.clearRect(0, 0, ...whole);
    const column = (index, colour) => {
      const x = matrixAt.x + index * cell.width;
      outline(pen, { x, y: matrixAt.y, width: cell.width, height }, colour, theme.background, 2.5);
      return { x, y: across.y, width: cell.width, height: side };
    };
    const row = (index, colour) => {
      const y = matrixAt.y + index * cell.height;
      outline(pen, { x: matrixAt.x, y, width, height: cell.height }, colour, theme.background, 2.5);
      return { x: along.x, y, width: side, height: cell.height };
    };
    const result = kind === "im2col"
      ? column(matrix.columnOf(step), theme.kernel)
      : stamps
        ? column(matrix.columnOf(0, step), theme.kernel)
        : row(matrix.rowOf(step), theme.kernel);
    outline(pen, result, stamps ? theme.input : theme.output, theme.background, 2.5);
    moving.setAttribute("aria-label", `${matrix.label}; marked: ${stepText}`);
    element.dataset.step = step;
  }

  /** The step whose row or column is under a pointer, or null. */
  function stepUnder(event, stamps) {
    if (!plan || matrix.tooLarge) return null;
    const { left, top } = moving.getBoundingClientRect();
    const column = Math.floor((event.clientX - left - plan.matrixAt.x) / plan.cell.width);
    const row = Math.floor((event.clientY - top - plan.matrixAt.y) / plan.cell.height);
    if (kind === "sparse" && !stamps) return row >= 0 && row < matrix.rows ? row : null;
    return column >= 0 && column < matrix.columns ? column : null;
  }
  for (const name of ["pointermove", "pointerdown"]) {
    moving.addEventListener(name, (event) => actions.point(stepUnder(event, actions.stamps())));
  }
  moving.addEventListener("pointerleave", () => actions.point(null));
  moving.addEventListener("click", (event) => {
    const step = stepUnder(event, actions.stamps());
    if (step !== null) actions.pin(step);
  });
  return { element, take, layout, paint };
}
