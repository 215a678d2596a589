"""The other two forms of a network's source: one nn.Sequential, and a script that trains it."""

from explorer.errors import ExplorerError
from explorer.network import codegen
from explorer.network.base import shape_text
from explorer.network.codegen_lines import fitted
from explorer.network.shapes import trace
from explorer.network.spec import NetworkSpec


def sequential_source(spec: NetworkSpec) -> str:
    """Source of `model = nn.Sequential(...)`: the layers of `build(spec)` in the same order.

    They are only counted, as is usual, unless one has a name of its own; those in blocks are named.

    Raises:
        ExplorerError: If the network does not work.
    """
    traced = trace(spec)
    traced.require_complete()
    shapes = {row.name: row.output_shape for row in traced.rows}
    named = any(node.name is not None for node in spec.layers)
    items = [("normalise", codegen.normalise(spec))] if spec.normalisation else []
    items += zip(spec.layer_names, codegen.calls(spec, traced), strict=True)
    lines = []
    for name, call in items:
        first, *rest = [f'("{name}", {call[0]}', *call[1:]] if named else call
        last = f"{(rest or [first])[-1]}{'),' if named else ','}"
        shape = shape_text(shapes[name]) if name in shapes else shape_text(spec.input.shape)
        last += f"  # {shape}" if named else f"  # {name}: {shape}"
        lines += [*[first, *rest][:-1], last]
    opening, closing = ("nn.Sequential(OrderedDict([", "]))") if named else ("nn.Sequential(", ")")
    body = "\n".join(f"    {line}" for line in lines)
    sizes = ", ".join(str(size) for size in spec.input.shape)
    text = f"""\
{codegen.heading(spec, lines)}
# x: (batch, {sizes}), pixels from 0 to 1
model = {opening}
{body}
{closing}

if __name__ == "__main__":
    print(model.eval()(torch.rand(1, {sizes})).shape)
"""
    return fitted(text)


def training_script(spec: NetworkSpec) -> str:
    """A program that trains the network on the digits that come with scikit-learn.

    It needs nothing but torch and scikit-learn. One argument: the number of epochs.

    Raises:
        ExplorerError: If the network does not work, takes no pictures, or does not put out one
            value per class.
    """
    traced = trace(spec)
    traced.require_complete()
    height, width = spec.input.height_and_width
    if len(traced.output_shape) != 1 or traced.output_shape[0] < 2:
        raise ExplorerError(
            f"The network puts out {shape_text(traced.output_shape)}; to be trained it has to put "
            "out one value for each class.",
            "End it with Flatten and a Linear layer of 10 out_features.",
        )
    classes = min(10, traced.output_shape[0])
    network = codegen.source(spec).split('\n\nif __name__ == "__main__":')[0]
    for line in ("import torch\n", "from torch import nn\n"):
        network = network.replace(line, "", 1)
    first, _, rest = network.partition("\n")
    ordered, vision = "from collections import OrderedDict\n", "import torchvision\n"
    imports = ordered if ordered in rest else ""
    known = vision if vision in rest else ""
    rest = rest.replace(ordered, "", 1).replace(vision, "", 1).strip("\n")
    return f"""\
{first}
# Trains it on the 1,797 handwritten digits that come with scikit-learn.
#
#     pip install torch {"torchvision " if known else ""}scikit-learn
#     python train.py        (or python train.py 20, for 20 epochs)
import sys
{imports}
import torch
{known}from sklearn.datasets import load_digits
from torch import nn

{rest}


def load_data():
    \"\"\"Pictures with values from 0 to 1 in the network's shape, and which digit each shows.\"\"\"
    digits = load_digits()
    pictures = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16
    pictures = nn.functional.interpolate(
        pictures, size=({height}, {width}), mode="bilinear", align_corners=False
    )
    pictures = pictures.expand(-1, {spec.input.channels}, -1, -1)
    labels = torch.tensor(digits.target)
    known = labels < {classes}  # as many classes as the network puts out
    return pictures[known], labels[known]


def evaluate(network, pictures, labels, loss_function):
    \"\"\"Mean loss and share of right answers, without learning from them.\"\"\"
    network.eval()  # Dropout rests, BatchNorm uses what it has seen
    loss, right = 0.0, 0
    with torch.no_grad():
        for x, y in zip(pictures.split(256), labels.split(256)):
            output = network(x)
            loss += loss_function(output, y).item() * len(y)
            right += (output.argmax(dim=1) == y).sum().item()
    return loss / len(labels), right / len(labels)


def main():
    epochs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    torch.manual_seed(0)
    pictures, labels = load_data()

    # One fifth is never learned from: it shows what the network makes of digits it does not know.
    order = torch.randperm(len(labels))
    held_out = len(labels) // 5
    validation, training = order[:held_out], order[held_out:]

    network = Network()
    loss_function = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.001)

    for epoch in range(1, epochs + 1):
        network.train()
        total, right = 0.0, 0
        shuffled = training[torch.randperm(len(training))]
        batches = [batch for batch in shuffled.split(64) if len(batch) > 1]
        for batch in batches:
            x, y = pictures[batch], labels[batch]
            output = network(x)  # one value per class
            loss = loss_function(output, y)  # how far that is from the right answers
            optimizer.zero_grad()
            loss.backward()  # in which direction each weight makes it smaller
            optimizer.step()  # a small step in that direction
            total += loss.item() * len(batch)
            right += (output.argmax(dim=1) == y).sum().item()
        seen = sum(len(batch) for batch in batches)
        loss, accuracy = evaluate(network, pictures[validation], labels[validation], loss_function)
        print(
            f"epoch {{epoch}}: training loss {{total / seen:.3f}}, accuracy {{right / seen:.1%}}; "
            f"validation loss {{loss:.3f}}, accuracy {{accuracy:.1%}}"
        )


if __name__ == "__main__":
    main()
"""
