/** Input, arithmetic and output side by side. Which step is shown is the player's affair. */

import { ArithmeticSide } from "./arithmetic_side.js";
import { scaleFor, signedScale } from "./colour.js";
import { placeText, times } from "./format.js";
import { InputSide } from "./input_side.js";
import { linkedCells } from "./linked.js";
import { createLinks } from "./links.js";
import { OutputSide } from "./output_side.js";
import { largestProduct } from "./paint_arithmetic.js";
import { rectangleOf } from "./paint_fields.js";
import { drawCaption } from "./panel.js";
import { arrangement, highestPicture } from "./plan.js";
import { ownShape } from "./scene.js";
import { flat, tallest } from "./side.js";
import { readTheme } from "./theme.js";

const LOWEST_PICTURE = 300; // CSS pixels kept free even for few cells
const NAMES = {
  convolution: "Convolution",
  transposed: "Transposed convolution",
  max: "Max pooling",
  average: "Average pooling",
  lp: "Lp pooling",
  adaptive_max: "Adaptive max pooling",
  adaptive_average: "Adaptive average pooling",
  unpool: "Max unpooling",
};

export class Stage {
  /**
   * @param {{edit: Function, drag: Function, release: Function, say: Function, chooseMap: Function,
   *   chooseChannel: Function}} actions of the kernel's cells and of the rows of maps and channels
   */
  constructor(actions) {
    this.element = document.createElement("div");
    this.element.className = "stage";
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "group");
    this.input = new InputSide(actions.chooseChannel);
    this.arithmetic = new ArithmeticSide(actions);
    this.output = new OutputSide(actions.chooseMap);
    this.sides = [this.input, this.arithmetic, this.output];
    this.links = createLinks();
    this.element.append(...this.sides.map(({ element }) => element), this.links.element);
  }

  /** Take what is to be played; `refresh`, `layout` and `paint` follow. */
  take(presentation) {
    const { scene } = presentation;
    this.presentation = presentation;
    this.scene = scene;
    for (const side of this.sides) side.take(presentation);
    const keys =
      "Space plays and pauses, arrow keys move the window, Home and End jump, Enter pins the step, " +
      "i walks over the input’s cells, Escape lets go.";
    const name = NAMES[scene.operation.kind];
    this.element.setAttribute("aria-label", `${name} of ${scene.title}. ${keys}`);
  }

  /** Colours and scales, as theme, scene and map are now. */
  refresh(map, sharedScale) {
    const { scene } = this;
    this.theme = readTheme(this.element);
    const { dark } = this.theme;
    this.scales = {
      input: scaleFor(scene.input.values, dark),
      ...this.output.scalesFor(map, sharedScale, dark),
    };
    if (scene.weight) {
      this.scales.weight = signedScale(scene.weight.values, dark);
      this.scales.products = signedScale([largestProduct(scene)], dark);
    }
    for (const side of this.sides) side.refresh(this.scales, this.theme);
  }

  /** Give everything its size for a width in CSS pixels. */
  layout(width, { map, channel }) {
    const { scene, input, output } = this;
    const [rows, columns] = flat(input.range).map(([low, high]) => high - low);
    const needed = tallest(Math.max(rows, scene.output.shape[2]));
    const highest = Math.min(highestPicture(window.innerHeight), Math.max(LOWEST_PICTURE, needed));
    const plan = arrangement(width, [rows, columns], highest);
    this.columns = plan.columns;
    this.element.dataset.columns = plan.columns;
    input.resize(input.range, plan);
    output.resize(output.range, plan);
    this.arithmetic.resize(plan);
    input.showChips(channel, output.pooled);
    output.showChips(map);
    this.origins = null;
  }

  /**
   * Show one step. Returns its terms.
   * @param {{step: number, filled: number, focus: ?object, hidden: ?string, map: number,
   *   channel: number}} shown `filled` steps are done; `focus` is what is pointed at; `hidden` is
   *   what is to be guessed
   */
  paint(shown) {
    const { presentation } = this;
    const terms = presentation.terms(shown.step, shown.map);
    const cells = { input: presentation.inputCells(terms), output: presentation.outputCells(terms) };
    const linked = linkedCells(presentation, shown.focus, terms, shown.channel);
    const side = presentation.stamps ? "input " : "";
    this.placeText = side + placeText(this.scene, terms.position);
    this.output.element.classList.toggle("hidden", shown.hidden === "shape");
    this.input.paint(shown.channel, cells.input, linked.input);
    this.output.paint(shown, cells.output, linked.output);
    const places = this.arithmetic.paint(terms, shown, linked.marked, this.placeText);
    if (shown.hidden === "shape") this.links.hide();
    else this.join(cells, places);
    this.output.legend.point(shown.hidden === "value" ? null : this.valueAt(shown, terms));
    this.shown = { cells, linked };
    return terms;
  }

  /** Lines from the window to its patch and from the result to its cell. */
  join(cells, { patch, result, stamp }) {
    if ([...cells.input, ...cells.output].some((along) => !along.length)) {
      this.links.hide();
      return;
    }
    // read again only after something was laid out anew: it costs the browser a layout
    this.origins ??= {
      input: this.placeIn(this.input.view.element),
      output: this.placeIn(this.output.view.element),
      arithmetic: this.placeIn(this.arithmetic.area),
    };
    const moved = (rectangle, { x, y }) => ({ ...rectangle, x: rectangle.x + x, y: rectangle.y + y });
    const { input, output, arithmetic } = this.origins;
    this.links.show(
      {
        window: moved(rectangleOf(this.input.view, flat(cells.input)), input),
        patch: moved(patch, arithmetic),
        value: moved(result ?? stamp, arithmetic),
        cell: moved(rectangleOf(this.output.view, flat(cells.output)), output),
        // a line from a result passes beside what led to it
        top: result && arithmetic.y + this.arithmetic.plan.ledger.y,
      },
      this.columns,
    );
  }

  /** The value of the step's output cell: of a stamp the first cell it falls on, so far. */
  valueAt({ map, filled }, terms) {
    if (!this.presentation.stamps) return terms.outputs[0];
    const [z, y, x] = this.presentation.outputCells(terms).map((along) => along[0] ?? 0);
    const [, , rows, columns] = this.scene.output.shape;
    return this.presentation.partial(filled, map)[(z * rows + y) * columns + x];
  }

  /** One step as text, on the canvases and for whoever reads aloud. */
  describe(terms, hidden) {
    const { scene } = this;
    const text = hidden ? `One step at ${this.placeText}.` : this.presentation.sentence(terms);
    const size = (field) => times(ownShape(scene, field.shape).slice(1));
    this.input.view.moving.setAttribute(
      "aria-label",
      `Input: ${scene.title}, ${size(scene.input)} cells, with the window on it.`,
    );
    this.output.view.moving.setAttribute(
      "aria-label",
      `Output of ${size(scene.output)} cells, filled cell by cell.`,
    );
    this.arithmetic.canvas.setAttribute("aria-label", text);
    return text;
  }

  /** An element's rectangle in the stage's pixels. */
  placeIn(element) {
    const stage = this.element.getBoundingClientRect();
    const { left, top, width, height } = element.getBoundingClientRect();
    return { x: left - stage.left, y: top - stage.top, width, height };
  }

  /**
   * Draw the frame that is shown with another pen, in the stage's pixels and on its background.
   * @param {object} pen of a canvas or `createSvgPen`
   */
  drawFrame(pen) {
    const placeOf = (element) => this.placeIn(element);
    this.links.draw(pen, this.theme);
    for (const side of this.sides) {
      drawCaption(pen, side, placeOf, this.theme);
      side.drawOn(pen, placeOf);
    }
  }
}
