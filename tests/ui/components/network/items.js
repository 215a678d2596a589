// Items as `explorer.ui.network.view.view_data` sends them, made by hand.

const PLAIN = {
  block: false, kind: "", summary: "", role: "layer", plate: false, kernel: null, list: 0, join: null,
  shortcut: null, repeat: 1, frozen: false, lists: 0, selected: false,
};

export const layer = (name, shape, more = {}) => ({ ...PLAIN, name, shape, ...more });
export const plate = (name, shape) => layer(name, shape, { plate: true });

/** A block of some lists of items; `more` says of which kind it is. */
export const block = (name, shape, lists, more = {}) => ({
  ...layer(name, shape, more), block: true, lists: lists.length, inside: lists,
});

/** As one list, with depths, indices and full names. */
export function items(nodes) {
  const all = [];
  const add = ({ inside, ...item }, depth, list, around) => {
    const name = [around, item.name].filter(Boolean).join(".");
    all.push({ ...item, depth, list, name, label: item.name, index: all.length - 1 });
    inside?.forEach((nodesInside, number) => nodesInside.forEach((node) => add(node, depth + 1, number, name)));
  };
  nodes.forEach((node) => add(node, 0, 0, ""));
  return all;
}

export const TUTORIAL = items([
  layer("input", [1, 28, 28], { role: "input" }),
  layer("conv1", [16, 28, 28], { kernel: [3, 3] }),
  layer("pool1", [16, 14, 14], { kernel: [2, 2] }),
  layer("conv2", [32, 12, 12], { kernel: [3, 3] }),
  plate("relu1", [32, 12, 12]),
  layer("conv3", [64, 7, 7], { kernel: [1, 1] }),
  layer("flatten1", [3136]),
  layer("fc1", [10], { role: "output" }),
  layer("broken", null, { role: "failed" }),
]);

export const body = (channels) => [
  layer("conv1", [channels, 16, 16], { kernel: [3, 3] }),
  plate("relu1", [channels, 16, 16]),
  layer("conv2", [channels, 16, 16], { kernel: [3, 3] }),
];

/** Residual blocks, branches with an empty one, and a repeated block with a block in it. */
export const BLOCKS = items([
  layer("input", [3, 16, 16], { role: "input" }),
  block("block1", [3, 16, 16], [body(3)], { kind: "Residual", shortcut: "identity" }),
  block("branches1", [11, 16, 16], [[], body(8)], { kind: "Branches", join: "concatenate" }),
  block(
    "stage",
    [11, 16, 16],
    [[block("block1", [11, 16, 16], [body(11)], { kind: "Residual", shortcut: "projection" }), plate("relu1", [11, 16, 16])]],
    { kind: "Sequential", repeat: 3 },
  ),
  layer("fc1", [10], { role: "output" }),
]);
