// The items of a network, which come as one list, as the tree they stand for. No DOM.

/**
 * The nodes outside all blocks. A node is { item, name, parent, lists, layers, broken }: `name` is
 * its own without those around it, `lists` holds the nodes in a block (null for a layer), `layers`
 * counts the layers it stands for, repetitions included, and `broken` says that the failing layer
 * is in it.
 */
export function treeOf(items) {
  const root = { lists: [[]], parent: null };
  const around = [root];
  for (const item of items) {
    while (around.length > item.depth + 1) around.pop();
    const parent = around.at(-1);
    const node = {
      item,
      name: item.label.split(".").at(-1),
      parent: parent === root ? null : parent,
      lists: item.block ? Array.from({ length: Math.max(1, item.lists) }, () => []) : null,
      layers: 0,
      broken: false,
    };
    parent.lists[item.list].push(node);
    if (item.block) around.push(node);
    else count(node);
    if (item.role === "failed") for (let outer = node.parent; outer; outer = outer.parent) outer.broken = true;
  }
  return root.lists[0];
}

function count(layer) {
  let times = 1;
  for (let node = layer; node; node = node.parent) {
    times *= node.item.repeat;
    node.layers += times;
  }
}

/** Every node, blocks before what is in them. */
export function* walk(nodes) {
  for (const node of nodes) {
    yield node;
    for (const list of node.lists ?? []) yield* walk(list);
  }
}

/** What is drawn when `isOpen` says of each block whether one sees into it. */
export function* shown(nodes, isOpen) {
  for (const node of nodes) {
    yield node;
    if (node.lists && isOpen(node)) for (const list of node.lists) yield* shown(list, isOpen);
  }
}
