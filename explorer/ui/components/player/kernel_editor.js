/** The kernel's cells as buttons over the canvas: drag one up or down, or click it and type. */

import { plain } from "./format.js";
import { openNumberBox } from "./number_box.js";
import { LARGEST_WEIGHT } from "./weights.js";

const DRAG_FROM = 4; // pixels the pointer moves before it is a drag and not a click
const PIXELS_PER_UNIT = 60; // a drag of this length changes a weight by 1, or by the largest there is

/**
 * Layer with one button per kernel cell.
 * @param {{edit: Function, drag: Function, release: Function, say: Function}} actions
 *   `edit(flat, value)` gets what was typed, `drag(flat, value)` follows the finger and `release()`
 *   ends it; `flat` counts the weights of the whole kernel
 */
export function createKernelEditor(actions) {
  const element = document.createElement("div");
  element.className = "kernel-cells";
  let signature = "";
  let columns = 1;
  let largest = 1;

  const buttons = () => [...element.querySelectorAll("button")];

  function focusNeighbour(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const all = buttons();
    const next = all[all.indexOf(event.currentTarget) + step];
    if (!next) return;
    all.forEach((each) => (each.tabIndex = each === next ? 0 : -1));
    next.focus();
  }

  function edit(cell) {
    openNumberBox(
      element,
      {
        left: cell.offsetLeft,
        top: cell.offsetTop,
        width: cell.offsetWidth,
        height: cell.offsetHeight,
      },
      {
        text: cell.dataset.weight,
        label: cell.getAttribute("aria-label"),
        take: (value) => actions.edit(Number(cell.dataset.flat), value),
        closed: (byKeyboard) => byKeyboard && cell.focus(),
        say: actions.say,
      },
    );
  }

  /** Up is more, down is less; a drag far enough to be one is not also a click. */
  function follow(cell) {
    let from = null;
    let dragged = false;
    cell.addEventListener("pointerdown", (event) => {
      from = { y: event.clientY, value: Number(cell.dataset.weight) };
      dragged = false;
      cell.setPointerCapture(event.pointerId);
    });
    cell.addEventListener("pointermove", (event) => {
      if (!from) return;
      const moved = from.y - event.clientY;
      if (!dragged && Math.abs(moved) < DRAG_FROM) return;
      dragged = true;
      const value = from.value + (moved / PIXELS_PER_UNIT) * largest;
      const bounded = Math.max(-LARGEST_WEIGHT, Math.min(LARGEST_WEIGHT, value));
      actions.drag(Number(cell.dataset.flat), Number(bounded.toFixed(2)));
    });
    const end = () => {
      from = null;
      if (dragged) actions.release();
    };
    cell.addEventListener("pointerup", end);
    cell.addEventListener("pointercancel", end);
    cell.addEventListener("click", () => {
      if (!dragged) edit(cell);
      dragged = false;
    });
  }

  function makeButton(grid, index, plan) {
    const cell = document.createElement("button");
    cell.type = "button";
    cell.tabIndex = element.childElementCount ? -1 : 0;
    const [row, column] = [Math.floor(index / columns), index % columns];
    Object.assign(cell.style, {
      left: `${grid.x + column * plan.cell.width}px`,
      top: `${grid.y + row * plan.cell.height}px`,
      width: `${plan.cell.width}px`,
      height: `${plan.cell.height}px`,
    });
    follow(cell);
    cell.addEventListener("keydown", focusNeighbour);
    return cell;
  }

  /**
   * Put a button over every kernel cell of the plan, each knowing its weight.
   * @param {number[]} flats for each grid of the kernel the place of its first weight
   */
  function show(plan, scene, flats) {
    const grids = plan.grids.filter(({ role }) => role === "kernel");
    const count = grids[0]?.count ?? 0;
    const now = JSON.stringify([plan.cell, grids]);
    columns = grids[0]?.columns ?? 1;
    largest = scene.weight.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    if (now !== signature) {
      signature = now;
      element.replaceChildren();
      for (const grid of grids) {
        for (let index = 0; index < count; index++) element.append(makeButton(grid, index, plan));
      }
    }
    buttons().forEach((cell, at) => {
      const [grid, index] = [Math.floor(at / count), at % count];
      const flat = flats[grid] + index;
      const weight = scene.weight.values[flat];
      cell.dataset.flat = flat;
      cell.dataset.weight = String(Number(weight.toPrecision(6)));
      const [row, column] = [Math.floor(index / columns) + 1, (index % columns) + 1];
      const slice = grids[grid].label ? `${grids[grid].label}, ` : "";
      const label = `Kernel weight, ${slice}row ${row}, column ${column}: ${plain(weight)}`;
      cell.setAttribute("aria-label", label);
      cell.title = `${plain(weight)}: drag up or down, or click and type`;
    });
  }
  return { element, show };
}
