"""Sources as people write them: right, with blocks, with mistakes, and hostile."""

LENET_REUSED_POOL = """\
class LeNet(nn.Module):
    def __init__(self):
        super(LeNet, self).__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = x.view(-1, 16 * 5 * 5)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        x = self.fc3(x)
        return x
"""

LENET_FUNCTIONAL = """\
import torch
from torch.nn import Conv2d, Linear, Module
import torch.nn.functional as func
from torch.nn.functional import max_pool2d

class Net(Module):
    # A comment.
    def __init__(self, classes: int = 10) -> None:
        \"\"\"A docstring.\"\"\"
        super().__init__()
        self.conv1 = Conv2d(in_channels=1, out_channels=6, kernel_size=(5, 5), padding=2)
        self.conv2 = Conv2d(6, 16, kernel_size=5, stride=(1, 1))
        self.fc1, self.fc2 = Linear(400, 120), Linear(120, 84)
        self.fc3 = Linear(84, classes)

    def num_flat_features(self, x):
        size = x.size()[1:]
        num_features = 1
        for s in size:
            num_features *= s
        return num_features

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = max_pool2d(torch.relu(self.conv1(x)), 2)
        x = func.max_pool2d(self.conv2(x).relu(), kernel_size=(2, 2), stride=2)
        x = x.view(-1, self.num_flat_features(x))
        print(x.shape)
        return self.fc3(func.relu(self.fc2(func.relu(self.fc1(x)))))
"""

LENET_NESTED = """\
class Net(nn.Module):
    def __init__(self):
        nn.Module.__init__(self)
        layers = []
        sizes = [1, 6, 16]
        for i in range(2):
            layers.append(nn.Conv2d(sizes[i], sizes[i + 1], 5, padding=2 if i == 0 else 0))
            layers += [nn.ReLU(inplace=True), nn.MaxPool2d(2)]
        self.layers = nn.ModuleList(layers)
        self.fc = nn.ModuleList([nn.Linear(a, b) for a, b in zip([400, 120, 84], [120, 84, 10])])
        self.act = nn.ReLU()

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        x = x.reshape(x.shape[0], -1)
        for i, layer in enumerate(self.fc):
            x = layer(x)
            if i < len(self.fc) - 1:
                x = self.act(x)
        return x
"""

TUTORIAL = """\
class CNN(nn.Module):
    def __init__(self, in_channels=1, num_classes=10):
        super(CNN, self).__init__()
        self.conv1 = nn.Conv2d(in_channels, 16, kernel_size=3, stride=1, padding=1)
        self.pool1 = nn.MaxPool2d(kernel_size=2, stride=2)
        self.conv2 = nn.Conv2d(16, 32, 3)
        self.pool2 = nn.MaxPool2d(2, stride=2, padding=1)
        self.conv3 = nn.Conv2d(32, 64, 1)
        self.conv4 = nn.Conv2d(64, 4, 5)
        self.fc1 = nn.Linear(4 * 3 ** 2, num_classes)

    def forward(self, x):
        x = self.pool1(self.conv1(x))
        x = self.pool2(self.conv2(x))
        x = self.conv4(self.conv3(x))
        x = torch.flatten(x, 1)
        return self.fc1(x)

device = "cuda" if torch.cuda.is_available() else "cpu"
model = CNN().to("cpu")
optimizer = torch.optim.SGD(model.parameters(), lr=0.001)
"""

BASELINE = """\
model = nn.Sequential(
    nn.Flatten(),
    nn.Linear(28 * 28, 16),
    nn.ReLU(),
    nn.Linear(16, 10),
)
"""

VGG = """\
def block(i, o):
    return [nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(),
            nn.Conv2d(o, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(), nn.MaxPool2d(2)]

model = nn.Sequential(*block(3, 64), *block(64, 128), *block(128, 256), nn.Flatten(),
                      nn.Linear(256 * 4 * 4, 512), nn.ReLU(), nn.Dropout(0.5), nn.Linear(512, 10))
"""

CIFAR_TUTORIAL = """\
import torch.nn as nn
import torch.nn.functional as F

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = torch.flatten(x, 1)  # flatten all dimensions except batch
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        x = self.fc3(x)
        return x

net = Net()
"""

LAYERS_IN_A_LIST = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        layers, channels = [], 3
        for out in [16, 32]:
            layers += [nn.Conv2d(channels, out, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
            channels = out
        self.features = nn.Sequential(*layers)
        self.fc = nn.Linear(32 * 8 * 8, 10)

    def forward(self, x):
        return self.fc(torch.flatten(self.features(x), 1))
"""

PRESET_SOURCES = [
    ("LeNet-5", LENET_REUSED_POOL),
    ("LeNet-5", LENET_FUNCTIONAL),
    ("LeNet-5", LENET_NESTED),
    ("Tutorial CNN", TUTORIAL),
    ("Fully connected (tutorial)", BASELINE),
    ("VGG-like CIFAR CNN", VGG),
    (
        "LeNet-5",
        "```python\n%matplotlib inline\n" + LENET_REUSED_POOL.replace("\n", "\r\n") + "```",
    ),
]

_HEAD = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
"""

BLOCKS = [
    (
        ["Conv2d", "Residual", "ReLU"],
        _HEAD
        + """\
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.body = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.ReLU())
    def forward(self, x):
        x = self.stem(x)
        x = x + self.body(x)
        return F.relu(x)
""",
    ),
    (
        ["Conv2d", "Sequential", "Sequential", "AdaptiveAvgPool2d", "Flatten", "Linear"],
        """\
class BasicBlock(nn.Module):
    def __init__(self, in_planes, planes, stride=1):
        super(BasicBlock, self).__init__()
        self.conv1 = nn.Conv2d(in_planes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_planes != planes:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_planes, planes, 1, stride=stride, bias=False), nn.BatchNorm2d(planes)
            )

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        return F.relu(out)

class ResNet(nn.Module):
    def __init__(self, block=BasicBlock, n=2):
        super().__init__()
        self.in_planes = 4
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.layer1 = self._make_layer(block, 4, n, 1)
        self.layer2 = self._make_layer(block, 8, n, 2)
        self.linear = nn.Linear(8, 10)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight)

    def _make_layer(self, block, planes, num_blocks, stride):
        strides = [stride] + [1] * (num_blocks - 1)
        layers = []
        for stride in strides:
            layers.append(block(self.in_planes, planes, stride))
            self.in_planes = planes
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.layer2(self.layer1(self.conv1(x)))
        x = x.mean([2, 3])
        return self.linear(x)
""",
    ),
    (
        ["Branches", "ReLU"],
        _HEAD
        + """\
        self.a = nn.Conv2d(3, 4, 1)
        self.b = nn.Conv2d(3, 6, kernel_size=3, padding=1)
    def forward(self, x):
        a = self.a(x)
        b = F.leaky_relu(self.b(x), 0.2)
        return torch.relu(torch.cat([a, b, F.avg_pool2d(x, 3, 1, 1)], dim=1))
""",
    ),
    (
        ["Branches"],
        _HEAD
        + """\
        self.a = nn.Conv2d(3, 4, 1)
        self.b = nn.Conv2d(3, 4, 3, padding=1)
    def forward(self, x):
        return self.a(x) + self.b(x)
""",
    ),
    (
        ["Residual"],
        _HEAD
        + """\
        self.body = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.down = nn.Sequential(nn.Conv2d(3, 4, 1, stride=2, bias=False), nn.BatchNorm2d(4))
    def forward(self, x):
        identity = self.down(x)
        return self.body(x) + identity
""",
    ),
    (
        ["Flatten", "Linear", "Unflatten", "ConvTranspose2d", "Upsample"],
        _HEAD
        + """\
        self.fc = nn.Linear(3 * 32 * 32, 2 * 4 * 4)
        self.up = nn.ConvTranspose2d(2, 3, 2)
    def forward(self, x):
        x = self.fc(x.view(x.size(0), -1))
        x = self.up(x.view(-1, 2, 4, 4))
        x = F.dropout(x, 0.5, training=False)
        return F.interpolate(x, scale_factor=2)
""",
    ),
]


def _net(setup: str, forward: str) -> str:
    lines = "".join(f"        {line}\n" for line in setup.splitlines())
    steps = "".join(f"        {line}\n" for line in forward.splitlines())
    return f"{_HEAD}{lines}    def forward(self, x):\n{steps}"


_FC = "self.fc = nn.Linear(784, 10)"

MISTAKES = [
    (1, "no method `forward`", f"{_HEAD}        {_FC}\n"),
    (5, "Did you mean `forward`", _net(_FC, "return x").replace("forward", "foward")),
    (5, "returns nothing", _net(_FC, "x = self.fc(x)")),
    (5, "has no self", _net(_FC, "return x").replace("(self, x)", "(x)")),
    (2, "has no self", _net(_FC, "return x").replace("(self):", "():")),
    (
        1,
        "inherits from nothing",
        _net(_FC, "return x")
        .replace("(nn.Module)", "")
        .replace("        super().__init__()\n", ""),
    ),
    (1, "inherits from object", _net(_FC, "return x").replace("nn.Module", "object")),
    (
        3,
        "before super().__init__()",
        _net(_FC, "return x").replace("        super().__init__()\n", ""),
    ),
    (
        3,
        "before super().__init__()",
        _net(_FC, "return x").replace(
            f"        super().__init__()\n        {_FC}",
            f"        {_FC}\n        super().__init__()",
        ),
    ),
    (
        2,
        "never calls super",
        _net("self.n = 1", "return x").replace("        super().__init__()\n", ""),
    ),
    (3, "super(Wrong, self)", _net(_FC, "return x").replace("super()", "super(Wrong, self)")),
    (3, "lacks its brackets", _net(_FC, "return x").replace("super()", "super")),
    (3, "not called", _net(_FC, "return x").replace("super().__init__()", "super().__init__")),
    (2, "two underscores", _net(_FC, "return x").replace("def __init__", "def _init_")),
    (6, "`self.fc2` is used", _net(_FC, "return self.fc2(x)")),
    (6, "Did you mean `self.fc`", _net(_FC, "return self.fcc(x)")),
    (6, "Write self.fc = in line 4", _net("fc = nn.Linear(784, 10)", "return self.fc(x)")),
    (6, "Write self.fc", _net(_FC, "return fc(x)")),
    (6, "nothing has this name", _net(_FC, "return out")),
    (4, "PyTorch has no nn.Conv2D", _net("self.c = nn.Conv2D(1, 2, 3)", "return self.c(x)")),
    (4, "Did you mean `nn.Conv2d`", _net("self.c = nn.Conv2D(1, 2, 3)", "return self.c(x)")),
    (4, "cannot build", _net("self.c = nn.LSTM(1, 2)", "return self.c(x)")),
    (4, "Did you mean `kernel_size`", _net("self.c = nn.Conv2d(1, 2, kernel=3)", "return x")),
    (4, "needs kernel_size", _net("self.c = nn.Conv2d(1, 2)", "return x")),
    (4, "at most", _net("self.c = nn.ReLU(1, 2, 3)", "return x")),
    (4, "which is no size", _net("self.c = nn.Linear('a', [[1]])", "return x")),
    (4, "out_channels", _net("self.c = nn.Conv2d(1, 0, 3)", "return x")),
    (6, "is given a tensor", _net(_FC, "return nn.ReLU(x)")),
    (6, "Did you mean `relu`", _net(_FC, "return F.Relu(x)")),
    (6, "flatten from dimension 0", _net(_FC, "return torch.flatten(x)")),
    (6, "a comma at the end", _net(_FC + ",", "return self.fc(x)")),
    (6, "second time", _net(_FC, "return self.fc(self.fc(x))")),
    (6, "only keeps layers", _net("self.l = nn.ModuleList([nn.ReLU()])", "return self.l(x)")),
    (6, "depends on", _net(_FC, "if x:\n    return x\nreturn x")),
    (6, "very end", _net(_FC, "return self.fc(F.log_softmax(x, 1))")),
    (6, "fixes the number", _net(_FC, "return x.view(64, 784)")),
    (5, "not one tensor", _net(_FC, "return x, x")),
    (6, "added", _net(_FC, "return x + 1")),
    (6, "can only be added", _net(_FC, "return x * x")),
    (6, "cannot be followed", _net(_FC, "while True: pass\nreturn x")),
    (
        5,
        "inside __init__",
        _HEAD + f"        {_FC}\n        def forward(self, x):\n            return x\n",
    ),
    (1, "Put * before", "nn.Sequential([nn.ReLU()])"),
    (1, "without brackets", "nn.Sequential(nn.ReLU)"),
    (2, "was never closed", "import torch\nnn.Sequential(nn.ReLU()\n"),
    (
        2,
        "expected an indented block",
        "class Net(nn.Module):\ndef forward(self, x):\n    return x\n",
    ),
    (1, "outside of a class", "def forward(self, x):\n    return x\n"),
    (1, "needs `n`", _net(_FC, "return x").replace("__init__(self)", "__init__(self, n)")),
]

REFUSED = [
    "",
    "x = 1",
    "\0",
    "import os; os.system('touch /tmp/hacked')",
    "__import__('os').system('touch /tmp/hacked')",
    "model = nn.Sequential(__import__('os').system('id'))",
    "model = nn.Sequential(open('/etc/passwd').read())",
    "model = nn.Sequential(().__class__.__bases__[0].__subclasses__())",
    "model = nn.Sequential(nn.__dict__)",
    "model = nn.Sequential(eval('1'))",
    "model = nn.Sequential(torch.load('x'))",
    "model = nn.Sequential(nn.Linear(9 ** 9 ** 9, 1))",
    "model = nn.Sequential(nn.Linear(10 ** 400, 1))",
    "model = nn.Sequential(nn.Linear(1e308 * 10, 1))",
    "model = nn.Sequential(*([nn.ReLU()] * 10 ** 9))",
    "model = nn.Sequential(*[nn.ReLU() for i in range(10 ** 9)])",
    "model = nn.Sequential(*[nn.ReLU() for i in range(2000) for j in range(2000)])",
    "model = nn.Sequential(*[nn.ReLU() for i in range(501)])",
    "a = 'x' * 10 ** 9\nmodel = nn.Sequential(a)",
    "(" * 150 + ")" * 150,
    "-" * 20_000 + "1",
    "x" + ".x" * 50_000,
    "1" + "+1" * 50_000,
    "[" * 90 + "]" * 90,
    "x = " + "9" * 6_000,
    "#" * 300_000,
    "class A(A): pass\nmodel = A()",
    "class A(B):\n    pass\nclass B(A):\n    pass\n",
    "class Net(nn.Module):\n    def forward(self, x):\n        return self.forward(x)\n",
    "class Net(nn.Module):\n    def forward(self, x):\n        return self(x)\n",
    "def f(): return f()\nmodel = nn.Sequential(f())",
    "a = []\na.append(a)\nmodel = nn.Sequential(*a)",
    "a = nn.Sequential()\na.append(a)\nmodel = a",
    "a = nn.Sequential(nn.ReLU(), nn.ReLU())\n"
    + "".join(f"a = nn.Sequential({', '.join(['a'] * 10)})\n" for _ in range(8)),
    "class Net(nn.Module):\n    def forward(self, x):\n"
    + "        x = x + F.relu(x)\n" * 600
    + "        return x\n",
    "a = (1, 1)\n" + "a = (a, a)\n" * 60 + "model = nn.Sequential(nn.Linear(a, a))",
    "class Net(nn.Module):\n    def forward(self, x):\n        return lambda: x\n",
    "class Net(nn.Module):\n    def forward(self, *x):\n        return x\n",
    "async def f(): pass",
    "print('hello')",
]
