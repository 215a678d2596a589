/** A figure with a caption: what it is, and a few words on what it shows now. */

export function createPanel(name, title) {
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

/** A panel's caption with another pen; `placeOf` gives an element's rectangle. */
export function drawCaption(pen, { heading, shape }, placeOf, theme) {
  for (const [element, font] of [[heading, "600 16px"], [shape, "14px"]]) {
    const { x, y, height } = placeOf(element);
    pen.font = `${font} ${theme.font}`;
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    pen.fillStyle = theme.text;
    pen.fillText(element.textContent, x, y + height / 2);
  }
}
