// A scene as the modules know it, from plain lists.
export function scene({ operation = "convolution", input, weight, bias, output, window }) {
  const field = ({ shape, values }) => ({ shape, values: Float32Array.from(values) });
  return {
    operation,
    title: "test",
    colour: input.shape[0] === 3,
    channels: input.shape[0] === 3 ? ["red", "green", "blue"] : ["brightness"],
    window: { stride: [1, 1], padding: [[0, 0], [0, 0]], dilation: [1, 1], ...window },
    input: field(input),
    weight: weight ? field(weight) : null,
    bias: bias ? Float32Array.from(bias) : null,
    output: field(output),
  };
}

// The textbook's: 0..8 with the kernel 0..3 gives 19 25 37 43.
export const textbook = () =>
  scene({
    input: { shape: [1, 3, 3], values: [0, 1, 2, 3, 4, 5, 6, 7, 8] },
    weight: { shape: [1, 1, 2, 2], values: [0, 1, 2, 3] },
    output: { shape: [1, 2, 2], values: [19, 25, 37, 43] },
    window: { kernelSize: [2, 2] },
  });
