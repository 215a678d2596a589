/** The three panels: what they show and where they lie. Which step is shown is the player's affair. */

import { termsAt } from "./arithmetic.js";
import { scaleFor, signedScale } from "./colour.js";
import { sentence, times } from "./format.js";
import { paddedSize } from "./geometry.js";
import { createKernelEditor } from "./kernel_editor.js";
import { createLegend } from "./legend.js";
import { ledgerLines } from "./ledger.js";
import { createLinks } from "./links.js";
import { largestProduct, paintArithmetic } from "./paint_arithmetic.js";
import {
  fieldImage,
  outputRectangle,
  paintCurrent,
  paintFilled,
  paintInput,
  paintOutputGrid,
  paintWindow,
  windowRectangle,
} from "./paint_fields.js";
import { arrangement, cellUnder, fit, highestPicture, planArithmetic } from "./plan.js";
import { createView, resizeView, sized } from "./surface.js";
import { readTheme } from "./theme.js";

const LARGEST_CELL = 72;
const NAMES = { convolution: "Convolution", max: "Max pooling", average: "Average pooling" };

function panel(name, title) {
  const element = document.createElement("figure");
  element.className = `panel ${name}`;
  const caption = document.createElement("figcaption");
  const heading = document.createElement("strong");
  heading.textContent = title;
  const shape = document.createElement("span");
  caption.append(heading, shape);
  element.append(caption);
  return { element, heading, shape };
}

export class Stage {
  constructor(onEdit, say) {
    this.element = document.createElement("div");
    this.element.className = "stage";
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "group");
    this.inputPanel = panel("input", "Input");
    this.arithmeticPanel = panel("arithmetic", "One step");
    this.outputPanel = panel("output", "Output");
    this.input = createView("input");
    this.output = createView("output");
    this.legends = { input: createLegend(), output: createLegend() };
    this.arithmetic = document.createElement("div");
    this.arithmetic.className = "view arithmetic";
    this.arithmeticCanvas = document.createElement("canvas");
    this.arithmeticCanvas.setAttribute("role", "img");
    this.editor = createKernelEditor(onEdit, say);
    this.arithmetic.append(this.arithmeticCanvas, this.editor.element);
    const framed = (view) => {
      const box = document.createElement("div");
      box.className = "box";
      box.append(view.element);
      return box;
    };
    this.boxes = { input: framed(this.input), output: framed(this.output) };
    this.inputPanel.element.append(this.boxes.input, this.legends.input.element);
    this.arithmeticPanel.element.append(this.arithmetic);
    this.outputPanel.element.append(this.boxes.output, this.legends.output.element);
    this.links = createLinks();
    this.element.append(
      this.inputPanel.element,
      this.arithmeticPanel.element,
      this.outputPanel.element,
      this.links.element,
    );
    this.filled = 0;
  }

  /** Take another scene; `layout` and `paint` follow. */
  setScene(scene) {
    this.scene = scene;
    const { padding } = scene.window;
    const padded = padding.some(([before, after]) => before + after > 0);
    this.inputPanel.shape.textContent =
      times(scene.input.shape) + (padded ? " and padding" : "");
    this.outputPanel.shape.textContent = times(scene.output.shape);
    const keys = "Space plays and pauses, arrow keys move the window, Home and End jump.";
    this.element.setAttribute("aria-label", `${NAMES[scene.operation]} of ${scene.title}. ${keys}`);
  }

  /** Colours and scales, as theme and scene are now. */
  refreshColours() {
    const { scene } = this;
    this.theme = readTheme(this.element);
    const { dark } = this.theme;
    const pooled = scene.operation !== "convolution";
    const input = scaleFor(scene.input.values, dark);
    this.scales = { input, output: scaleFor(scene.output.values, dark) };
    if (!pooled) {
      this.scales.weight = signedScale(scene.weight.values, dark);
      this.scales.products = signedScale([largestProduct(scene)], dark);
    }
    this.outputInColour = pooled && scene.colour;
    this.image = fieldImage(scene.output, this.outputInColour, this.scales.output);
    this.legends.input.show(this.scales.input, scene.colour);
    this.legends.output.show(this.scales.output, this.outputInColour);
    this.hatching = {};
    this.input.hatching = null;
  }

  /** Give everything its size for a width in CSS pixels, and paint what stays. */
  layout(width) {
    const { scene } = this;
    const padded = paddedSize(scene.window, scene.input.shape.slice(1));
    const highest = highestPicture(window.innerHeight);
    const plan = arrangement(width, scene.input.shape.slice(1), highest);
    this.columns = plan.columns;
    this.element.dataset.columns = plan.columns;
    const outputSize = scene.output.shape.slice(1);
    for (const [view, size] of [[this.input, padded], [this.output, outputSize]]) {
      const [rows, columns] = size;
      const room = [
        Math.min(plan.picture.width, columns * LARGEST_CELL),
        Math.min(plan.picture.height, rows * LARGEST_CELL),
      ];
      resizeView(view, fit(columns, rows, ...room), size);
    }
    const dots = this.output.cell < 6 ? 9 : this.output.cell;
    this.output.element.style.backgroundSize = `${dots}px ${dots}px`;
    for (const box of Object.values(this.boxes)) {
      box.style.width = `${plan.picture.width}px`;
      box.style.height = `${plan.picture.height}px`;
    }
    this.planArithmetic(plan);
    paintInput(this.input, scene, this.scales.input, this.theme);
    paintOutputGrid(this.output, this.theme);
    this.filled = 0;
    this.findOrigins();
  }

  planArithmetic(plan) {
    const { scene } = this;
    const pooled = scene.operation !== "convolution";
    const lines = ledgerLines(scene, termsAt(scene, 0));
    const channels = scene.input.shape[0];
    this.plan = planArithmetic(
      {
        roles: pooled ? ["patch"] : ["patch", "kernel", "products"],
        channels,
        kernelSize: scene.window.kernelSize,
        lines: lines.length,
        results: lines.filter(({ output }) => output !== undefined).length,
      },
      plan.arithmetic,
      this.columns === 3 ? plan.picture.height + 60 : 150 + 90 * channels,
    );
    this.pen = sized(this.arithmeticCanvas, this.plan.width, this.plan.height);
    this.arithmetic.style.width = `${this.plan.width}px`;
    this.arithmetic.style.height = `${this.plan.height}px`;
    this.editor.element.hidden = pooled;
    if (!pooled) this.editor.show(this.plan, scene);
  }

  findOrigins() {
    const stage = this.element.getBoundingClientRect();
    const origin = (element) => {
      const { left, top } = element.getBoundingClientRect();
      return { x: left - stage.left, y: top - stage.top };
    };
    this.origins = {
      input: origin(this.input.element),
      output: origin(this.output.element),
      arithmetic: origin(this.arithmetic),
    };
  }

  /** Show one step; `filled` cells of the output are shown. Returns the step's terms. */
  paint(step, filled) {
    const { scene, theme } = this;
    const terms = termsAt(scene, step);
    paintFilled(this.output, this.image, this.filled, filled);
    this.filled = filled;
    paintWindow(this.input, scene, terms.cells, theme);
    paintCurrent(this.output, scene, this.scales.output, step, filled, theme);
    const { patch, result } = paintArithmetic(
      this.pen, this.plan, scene, terms, this.scales, theme, this.hatching,
    );
    const [row, column] = terms.position;
    this.placeText = `row ${row + 1}, column ${column + 1}`;
    this.arithmeticPanel.shape.textContent = this.placeText;
    this.legends.output.point(terms.outputs[0]);
    const moved = (rectangle, { x, y }) => ({ ...rectangle, x: rectangle.x + x, y: rectangle.y + y });
    this.links.show(
      {
        window: moved(windowRectangle(terms.cells, this.input.cell), this.origins.input),
        patch: moved(patch, this.origins.arithmetic),
        value: moved(result, this.origins.arithmetic),
        cell: moved(outputRectangle(step, this.output), this.origins.output),
      },
      this.columns,
    );
    return terms;
  }

  /** One step as text, on the canvases and for whoever reads aloud. */
  describe(terms) {
    const { scene } = this;
    const text = sentence(scene, terms);
    const [, rows, columns] = scene.input.shape;
    this.input.moving.setAttribute(
      "aria-label",
      `Input: ${scene.title}, ${rows} by ${columns} cells, with the window on it.`,
    );
    this.output.moving.setAttribute(
      "aria-label",
      `Output of ${times(scene.output.shape.slice(1))} cells, filled cell by cell.`,
    );
    this.arithmeticCanvas.setAttribute("aria-label", text);
    return text;
  }

  /** The output position under a pointer, or null. */
  outputCellUnder(event) {
    const { left, top, width, height } = this.output.element.getBoundingClientRect();
    const size = this.scene.output.shape.slice(1);
    return cellUnder(event.clientX - left, event.clientY - top, { width, height }, size);
  }
}
