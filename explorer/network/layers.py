"""Every layer kind; `Layer` is any of them and `KINDS` lists them by name, grouped as in menus.

To add a kind, declare its class in the module of its group and add its example to the tests. What
is declared there can be imported from here.
"""

from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from explorer.network.base import LayerSpec
from explorer.network.kinds import declared_kinds
from explorer.network.layers_activation import *  # noqa: F403
from explorer.network.layers_convolution import *  # noqa: F403
from explorer.network.layers_dropout import *  # noqa: F403
from explorer.network.layers_linear import *  # noqa: F403
from explorer.network.layers_normalisation import *  # noqa: F403
from explorer.network.layers_pooling import *  # noqa: F403
from explorer.network.layers_shape import *  # noqa: F403

KINDS: dict[str, type[LayerSpec]] = declared_kinds()

if TYPE_CHECKING:
    Layer = LayerSpec
else:
    Layer = Annotated[Union[tuple(KINDS.values())], Field(discriminator="kind")]  # noqa: UP007
