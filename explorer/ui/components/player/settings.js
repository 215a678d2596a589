/** Sliders of the window, computed here while they are dragged: each offers what is legal now. */

import { changedAt, legalValues } from "./ranges.js";

const NAMES = { 1: ["length"], 2: ["height", "width"], 3: ["depth", "height", "width"] };
const SIDES = {
  depth: ["front", "back"],
  height: ["top", "bottom"],
  width: ["left", "right"],
  length: ["left", "right"],
};
const CONTROLS = [
  {
    field: "kernelSize",
    label: "Kernel size",
    noun: "Kernel",
    pytorch: "kernel_size",
    help: "how many cells the window covers along each axis",
  },
  {
    field: "stride",
    label: "Stride",
    noun: "Stride",
    pytorch: "stride",
    help: "how many cells the window moves from one step to the next; 2 halves the output",
    transposed: "how many cells of the output lie between two stamps; 2 doubles the output",
  },
  {
    field: "padding",
    label: "Padding",
    noun: "Padding",
    pytorch: "padding",
    help: "cells added around the input, so that the window can sit on its edge",
    transposed: "cells cut off around the output: it undoes the padding of a convolution",
  },
  {
    field: "dilation",
    label: "Dilation",
    noun: "Dilation",
    pytorch: "dilation",
    help: "distance between the cells the window reads: 1 reads neighbours, 2 every other cell",
  },
  {
    field: "outputPadding",
    label: "Output padding",
    noun: "Output padding",
    pytorch: "output_padding",
    help: "rows and columns added at the end of the output, to choose among sizes that a strided "
      + "convolution would make equal",
  },
];
const FIELDS = {
  convolution: ["kernelSize", "stride", "padding", "dilation"],
  transposed: ["kernelSize", "stride", "padding", "dilation", "outputPadding"],
  max: ["kernelSize", "stride", "padding", "dilation"],
  average: ["kernelSize", "stride", "padding"],
  lp: ["kernelSize", "stride"],
};

/** The axes in use among the three a scene always has. */
export const axesOf = (dimensions) => [0, 1, 2].slice(3 - dimensions);

const first = (entry) => (Array.isArray(entry) ? entry[0] : entry);
const alike = (values) => new Set(values.flat()).size === 1;

/** What one slider changes: all axes, one axis, or one side of one axis. */
function sliders(scene, control, apart) {
  const axes = axesOf(scene.dimensions);
  const names = NAMES[scene.dimensions];
  if (!apart) return [{ control, label: control.label, axes, side: null }];
  return axes.flatMap((axis, index) => {
    const name = names[index];
    if (control.field === "padding" && scene.operation.kind === "convolution") {
      return [0, 1].map((side) => ({
        control,
        label: `${control.noun} ${SIDES[name][side]}`,
        axes: [axis],
        side,
      }));
    }
    return [{ control, label: `${control.noun} ${name}`, axes: [axis], side: null }];
  });
}

/** The values that are legal; several axes at once change alike. */
function offered(scene, { control, axes, side }) {
  const each = axes.map((axis) => legalValues(scene, control.field, axis, side ?? undefined));
  return each[0].filter((value) => each.every((values) => values.includes(value)));
}

/** The setting with a slider's new value put in. */
function changed(operation, { control, axes, side }, value) {
  const { field } = control;
  const put = (now, axis) => changedAt(now, field, axis, value, side ?? undefined);
  return { [field]: axes.reduce(put, operation)[field] };
}

/**
 * The sliders.
 * @param {{change: Function, release: Function}} actions `change({field: values})` while one is
 *   dragged, `release()` when it is let go
 */
export function createSettings(actions) {
  const element = document.createElement("div");
  element.className = "settings";
  const grid = document.createElement("div");
  grid.className = "setting-grid";
  const foot = document.createElement("div");
  foot.className = "setting-foot";
  const apartLabel = document.createElement("label");
  const apartBox = Object.assign(document.createElement("input"), { type: "checkbox" });
  apartLabel.className = "apart";
  apartLabel.append(apartBox, "Each axis by itself");
  const help = document.createElement("p");
  help.className = "setting-help";
  foot.append(apartLabel, help);
  element.append(grid, foot);
  let scene = null;
  let signature = "";
  let chosenApart = false;
  let made = [];

  apartBox.addEventListener("change", () => {
    chosenApart = apartBox.checked;
    if (!chosenApart) {
      actions.change(together());
      actions.release();
    }
    show(scene);
  });

  /** Every axis set to what the first one has. */
  function together() {
    const axes = axesOf(scene.dimensions);
    const { operation } = scene;
    const settings = {};
    for (const field of FIELDS[operation.kind]) {
      const value = first(operation[field][axes[0]]);
      settings[field] = operation[field].map((entry, axis) => {
        if (!axes.includes(axis)) return entry;
        return field === "padding" ? [value, value] : value;
      });
    }
    return settings;
  }

  const explain = ({ control }) => {
    const text = (scene.operation.kind === "transposed" && control.transposed) || control.help;
    help.textContent = `${control.label}: ${text}. PyTorch: ${control.pytorch}`;
  };

  function make(slider) {
    const label = document.createElement("label");
    label.className = "setting";
    const name = document.createElement("span");
    name.textContent = slider.label;
    const value = document.createElement("output");
    const input = Object.assign(document.createElement("input"), { type: "range", step: "1" });
    input.setAttribute("aria-label", slider.label);
    input.addEventListener("input", () => {
      actions.change(changed(scene.operation, slider, Number(input.value)));
    });
    input.addEventListener("change", () => actions.release());
    for (const event of ["pointerenter", "focusin"]) {
      label.addEventListener(event, () => explain(slider));
    }
    label.append(name, value, input);
    return { slider, label, value, input };
  }

  /** Bring the sliders up to date with a scene. */
  function show(next) {
    scene = next;
    const fields = FIELDS[scene.operation.kind] ?? [];
    element.hidden = fields.length === 0;
    if (element.hidden) return;
    const axes = axesOf(scene.dimensions);
    const used = (field) => axes.map((axis) => scene.operation[field][axis]);
    const mustApart = !fields.every((field) => alike(used(field)));
    chosenApart ||= mustApart; // only its own box turns it off, not a slider under the finger
    const apart = chosenApart;
    apartBox.checked = apart;
    apartLabel.hidden = scene.dimensions === 1 && scene.operation.kind !== "convolution";
    const now = `${scene.operation.kind} ${scene.dimensions} ${apart}`;
    if (now !== signature) {
      signature = now;
      const controls = CONTROLS.filter(({ field }) => fields.includes(field));
      made = controls.flatMap((control) => sliders(scene, control, apart)).map(make);
      grid.replaceChildren(...made.map(({ label }) => label));
      if (made.length) explain(made[0].slider);
    }
    for (const { slider, label, value, input } of made) {
      const { control, axes: [axis], side } = slider;
      const entry = scene.operation[control.field][axis];
      const current = Array.isArray(entry) ? entry[side ?? 0] : entry;
      const values = offered(scene, slider);
      const alone = values.length < 2;
      input.disabled = alone;
      input.min = String(Math.min(current, ...values));
      input.max = String(Math.max(current, ...values));
      if (input.value !== String(current)) input.value = String(current);
      value.textContent = String(current);
      label.title = alone ? "Nothing else fits" : "";
      label.classList.toggle("alone", alone);
    }
  }
  return { element, show };
}
