/** The kernel's cells as buttons over the canvas: choose one, type a number, press Enter. */

import { plain } from "./format.js";
import { parseWeight } from "./weights.js";

/** Layer with one button per kernel cell; `onEdit(channel, index, value)` gets what was typed. */
export function createKernelEditor(onEdit, say) {
  const element = document.createElement("div");
  element.className = "kernel-cells";
  let signature = "";
  let columns = 1;

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
    const input = document.createElement("input");
    Object.assign(input, { type: "text", inputMode: "decimal", className: "weight" });
    input.value = cell.dataset.weight;
    input.setAttribute("aria-label", cell.getAttribute("aria-label"));
    input.style.cssText = cell.style.cssText;
    input.style.minWidth = "58px";
    const complaint = document.createElement("span");
    complaint.className = "complaint";
    complaint.style.left = cell.style.left;
    complaint.style.top = `${cell.offsetTop + cell.offsetHeight + 4}px`;
    let open = true;
    const close = (focusBack) => {
      if (!open) return; // removing the field blurs it, which would close it once more
      open = false;
      complaint.remove();
      input.remove();
      if (focusBack) cell.focus();
    };
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") close(true);
      if (event.key !== "Enter") return;
      const { value, problem } = parseWeight(input.value);
      if (problem) {
        input.classList.add("wrong");
        complaint.textContent = problem;
        element.append(complaint);
        say(problem);
        return;
      }
      onEdit(Number(cell.dataset.channel), Number(cell.dataset.index), value);
      close(true);
    });
    input.addEventListener("blur", () => close(false));
    element.append(input);
    input.focus();
    input.select();
  }

  function makeButton(grid, index, plan) {
    const cell = document.createElement("button");
    cell.type = "button";
    cell.tabIndex = element.childElementCount ? -1 : 0;
    cell.dataset.channel = grid.channel;
    cell.dataset.index = index;
    const [row, column] = [Math.floor(index / columns), index % columns];
    Object.assign(cell.style, {
      left: `${grid.x + column * plan.cell.width}px`,
      top: `${grid.y + row * plan.cell.height}px`,
      width: `${plan.cell.width}px`,
      height: `${plan.cell.height}px`,
    });
    cell.addEventListener("click", () => edit(cell));
    cell.addEventListener("keydown", focusNeighbour);
    return cell;
  }

  /** Put a button over every kernel cell of the plan, each knowing its weight. */
  function show(plan, scene) {
    const grids = plan.grids.filter(({ role }) => role === "kernel");
    const kernelSize = scene.window.kernelSize;
    columns = kernelSize[kernelSize.length - 1];
    const count = kernelSize.reduce((product, size) => product * size, 1);
    const now = JSON.stringify([plan.cell, grids, kernelSize]);
    if (now !== signature) {
      signature = now;
      element.replaceChildren();
      for (const grid of grids) {
        for (let index = 0; index < count; index++) element.append(makeButton(grid, index, plan));
      }
    }
    for (const cell of buttons()) {
      const { channel, index } = cell.dataset;
      const weight = scene.weight.values[channel * count + Number(index)];
      cell.dataset.weight = String(Number(weight.toPrecision(6)));
      const [row, column] = [Math.floor(index / columns) + 1, (index % columns) + 1];
      const slice = grids.length > 1 ? `${scene.channels[channel]}, ` : "";
      const label = `Kernel weight, ${slice}row ${row}, column ${column}: ${plain(weight)}`;
      cell.setAttribute("aria-label", label);
      cell.title = `${plain(weight)}: click to change`;
    }
  }
  return { element, show };
}
