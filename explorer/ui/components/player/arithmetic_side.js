/** The panel that writes out one step, with the kernel's cells to drag and to type into. */

import { arithmeticContent, paintArithmetic } from "./paint_arithmetic.js";
import { slicesOf } from "./arithmetic.js";
import { createKernelEditor } from "./kernel_editor.js";
import { createPanel } from "./panel.js";
import { planArithmetic } from "./plan.js";
import { sized } from "./surface.js";

const HIGHEST = 420; // CSS pixels that are comfortable

export class ArithmeticSide {
  constructor(actions) {
    Object.assign(this, createPanel("arithmetic", "One step"));
    this.area = document.createElement("div");
    this.area.className = "view arithmetic";
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("role", "img");
    this.editor = createKernelEditor(actions);
    this.area.append(this.canvas, this.editor.element);
    this.element.append(this.area);
  }

  take(presentation) {
    this.presentation = presentation;
    this.scene = presentation.scene;
    // a kernel that is shown flipped is changed where it is shown as it is
    this.editor.element.hidden = !this.scene.weight || Boolean(this.scene.stuffing);
  }

  refresh(scales, theme) {
    Object.assign(this, { scales, theme });
  }

  resize({ columns, arithmetic, picture }) {
    const { presentation } = this;
    const content = arithmeticContent(presentation, presentation.terms(0, 0));
    const comfortable = columns === 3 ? picture.height + 60 : 150 + 90 * content.rows.length;
    this.plan = planArithmetic(content, arithmetic, Math.min(HIGHEST, comfortable));
    this.pen = sized(this.canvas, this.plan.width, this.plan.height);
    this.area.style.width = `${this.plan.width}px`;
    this.area.style.height = `${this.plan.height}px`;
  }

  /** Paint a step; returns where the first patch and the result lie in the area. */
  paint(terms, { hidden, map }, marked, placeText) {
    const { plan, scene, scales } = this;
    if (!this.editor.element.hidden) this.editor.show(plan, scene, this.kernelFlats(map));
    const lines = this.presentation.lines(terms);
    this.content = { plan, scene, terms, lines, scales, hidden: hidden === "value", marked };
    this.shape.textContent = placeText;
    this.pen.clearRect(0, 0, plan.width, plan.height);
    return paintArithmetic(this.pen, this.content, this.theme);
  }

  /** For each grid of the kernel, where its first weight lies among all weights. */
  kernelFlats(map) {
    const [depth, rows, columns] = this.scene.weight.shape.slice(2);
    const slices = slicesOf(this.scene, Math.max(0, map));
    return this.plan.grids
      .filter(({ role }) => role === "kernel")
      .map(({ channel, slice }) => slices[channel].from + (slice % depth) * rows * columns);
  }

  drawOn(pen, placeOf) {
    const { x, y } = placeOf(this.area);
    pen.save();
    pen.translate(x, y);
    paintArithmetic(pen, this.content, this.theme);
    pen.restore();
  }
}
