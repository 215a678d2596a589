// What keys do in the table. `Ctrl` is also `⌘`.

export const LEGEND = [
  ["↑ ↓", "walk"],
  ["← →", "fold"],
  ["Enter", "select"],
  ["Alt ↑ ↓", "move"],
  ["Ctrl D", "duplicate"],
  ["Del", "remove"],
  ["Ctrl Z", "undo"],
  ["Ctrl Y", "redo"],
];

const WALKS = { ArrowUp: "previous", ArrowDown: "next", Home: "first", End: "last" };
const FOLDS = { ArrowLeft: "close", ArrowRight: "open" };
const MOVES = { ArrowUp: "up", ArrowDown: "down" };

/** What a key means on a row: { walk }, { fold }, { act } or { choose }; null for all others. */
export function meaning(event) {
  const { key, altKey, shiftKey } = event;
  const control = event.ctrlKey || event.metaKey;
  if (control && !altKey && !shiftKey && key.toLowerCase() === "d") return { act: "duplicate" };
  if (control) return null;
  if (altKey) return key in MOVES && !shiftKey ? { act: MOVES[key] } : null;
  if (shiftKey) return null;
  if (key in WALKS) return { walk: WALKS[key] };
  if (key in FOLDS) return { fold: FOLDS[key] };
  if (key === "Enter") return { choose: true };
  return key === "Delete" ? { act: "remove" } : null;
}

/** "undo" or "redo" for the keys that mean it anywhere on the page; null for all others. */
export function undoing(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return null;
  const key = event.key.toLowerCase();
  if (key === "z") return event.shiftKey ? "redo" : "undo";
  return key === "y" && !event.shiftKey ? "redo" : null;
}

/** Whether keys belong to what has the focus, because one types there. */
export function isTyping(element) {
  if (!element?.tagName) return false;
  return element.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(element.tagName);
}
