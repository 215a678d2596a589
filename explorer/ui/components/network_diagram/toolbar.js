// The buttons under the diagram: zoom, what is open, files.

function button(text, name, help, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "tool";
  made.textContent = text;
  made.title = help;
  made.setAttribute("aria-label", name);
  made.addEventListener("click", act);
  return made;
}

function group(name, ...children) {
  const made = document.createElement("div");
  made.className = "tools";
  made.setAttribute("role", "group");
  made.setAttribute("aria-label", name);
  made.append(...children);
  return made;
}

/** `actions`: smaller, original, larger, fit, oneLine, openAll, closeAll, svg, png. */
export class Toolbar {
  constructor(actions) {
    this.percent = button("100 %", "Original size", "As large as it is laid out (0)", actions.original);
    this.percent.classList.add("percent");
    this.oneLine = button("One line", "One line", "All in one line instead of rows, as for a paper", actions.oneLine);
    this.blocks = group(
      "Blocks",
      button("Open all", "Open all blocks", "See into every block", actions.openAll),
      button("Close all", "Close all blocks", "Each block as one box", actions.closeAll),
    );
    this.transparent = document.createElement("input");
    this.transparent.type = "checkbox";
    const ground = document.createElement("label");
    ground.title = "Without the white ground, for a coloured slide";
    ground.append(this.transparent, "no ground");
    this.said = document.createElement("span");
    this.said.setAttribute("role", "status");
    this.element = document.createElement("div");
    this.element.className = "toolbar";
    this.element.append(
      group(
        "Zoom",
        button("−", "Zoom out", "Smaller (−, or Ctrl and the mouse wheel)", actions.smaller),
        this.percent,
        button("+", "Zoom in", "Larger (+, or Ctrl and the mouse wheel)", actions.larger),
        button("Fit", "Fit", "All of it in view", actions.fit),
        this.oneLine,
      ),
      this.blocks,
      group(
        "Save",
        button("SVG", "Save as SVG", "The drawing as a file that can be scaled, dark on white", actions.svg),
        button("PNG", "Save as PNG", "The drawing as a picture, three times as fine as here", actions.png),
        ground,
        this.said,
      ),
    );
  }

  show({ zoom, oneLine, hasBlocks }) {
    this.percent.textContent = `${Math.round(100 * zoom)} %`;
    this.oneLine.setAttribute("aria-pressed", String(oneLine));
    this.blocks.hidden = !hasBlocks;
  }

  say(text) {
    this.said.textContent = text;
  }
}
