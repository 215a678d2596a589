/** Colours and font as the page has them now. */

import { luminance, parseColour } from "./colour.js";

const ROLES = ["input", "kernel", "output", "error", "padding"];

/** Read from the CSS variables that Streamlit and the palette define on this element. */
export function readTheme(element) {
  const style = getComputedStyle(element);
  const variable = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
  const background = variable("--st-background-color", "#ffffff");
  const theme = {
    background,
    dark: luminance(parseColour(background)) < 0.4,
    text: variable("--st-text-color", "#31333f"),
    font: style.fontFamily,
  };
  for (const role of ROLES) theme[role] = variable(`--explorer-${role}`, "#888888");
  return theme;
}
