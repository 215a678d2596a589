// Which blocks one sees into: at first as many as fit, then what people chose. No DOM.

import { walk } from "./tree.js";

const MOST_TRIES = 16; // layouts, when not all blocks of a depth can be open

// Whether it is here, or in here, that the network fails.
const fails = ({ broken, item }) => broken || item.role === "failed";

/**
 * The names of the blocks to open at first: those around a failing layer, then depth by depth while
 * everything fits, and of the first depth at which it no longer does, the first few.
 * @param {(open: Set<string>) => boolean} fitsWith
 */
export function openAtFirst(tree, fitsWith) {
  let open = new Set();
  let level = [];
  for (const node of walk(tree)) {
    if (!node.lists) continue;
    if (fails(node)) open.add(node.item.name);
    if (!node.parent) level.push(node);
  }
  while (level.length) {
    const all = new Set([...open, ...level.map(({ item }) => item.name)]);
    if (!fitsWith(all)) return openSome(open, level, fitsWith);
    open = all;
    level = level.flatMap(({ lists }) => lists.flat().filter((node) => node.lists));
  }
  return open;
}

function openSome(open, level, fitsWith) {
  for (const { item } of level.slice(0, MOST_TRIES)) {
    const more = new Set([...open, item.name]);
    if (fitsWith(more)) open = more;
  }
  return open;
}

/** What is open, kept from drawing to drawing: blocks are known by their full names. */
export class Opening {
  constructor() {
    this.title = null;
    this.chosen = new Map(); // by people: name -> open
    this.known = new Set(); // blocks that were there before
    this.first = new Set(); // of them, those that were open at first
  }

  /** Another drawing: another network or another width is looked at afresh. */
  take(title, tree, fitsWith, afresh) {
    const blocks = [...walk(tree)].filter(({ lists }) => lists).map(({ item }) => item.name);
    const another = title !== this.title;
    if (another) this.chosen.clear();
    if (another || afresh) this.first = openAtFirst(tree, fitsWith);
    // A block that was just made is looked into.
    else for (const name of blocks) if (!this.known.has(name)) this.first.add(name);
    this.known = new Set(blocks);
    this.title = title;
  }

  isOpen(node) {
    const { name } = node.item;
    return this.chosen.get(name) ?? (fails(node) || this.first.has(name));
  }

  toggle(node) {
    this.chosen.set(node.item.name, !this.isOpen(node));
  }

  all(open) {
    for (const name of this.known) this.chosen.set(name, open);
  }
}
