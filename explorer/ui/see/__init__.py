"""The pages on which a window slides: Convolution, Pooling, Transposed and Volume."""
