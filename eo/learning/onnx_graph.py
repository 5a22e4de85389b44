"""Graphs of standard ONNX operators, put together node by node."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 17, 8
BATCH = "batch"
Shape = Sequence[int | str]


class OnnxGraph:
    """A graph in the making: nodes are added in order, constants as they are needed.

    Args:
        input: name and shape of what goes in, float32; a string in a shape is a free dimension.
    """

    def __init__(self, input: str, shape: Shape) -> None:
        self.input, self.shape = input, shape
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def node(self, operator: str, *inputs: str, outputs: int = 1, **attributes: Any) -> str:
        """Add a node; return the name of its last output (an LSTM's cell states are not asked for)."""
        names = [f"{operator.lower()}_{len(self._nodes)}_{i}" for i in range(outputs)]
        self._nodes.append(helper.make_node(operator, list(inputs), names, **attributes))
        return names[-1]

    def first_of(self, name: str) -> str:
        """Return the name of the first output of the node that `name` is an output of."""
        return f"{name.rsplit('_', 1)[0]}_0"

    def constant(self, value: NDArray[Any] | Sequence[int] | float) -> str:
        """Add a constant, integers as int64 and all else as float32; return its name."""
        array = np.asarray(value)
        array = array.astype(np.int64 if np.issubdtype(array.dtype, np.integer) else np.float32)
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        return name

    def finish(self, name: str, result: str, shape: Shape) -> bytes:
        """Return the file, checked, with `result` as its output `name`."""
        self._nodes.append(helper.make_node("Identity", [result], [name]))
        ends = [
            helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in ((self.input, self.shape), (name, shape))
        ]
        graph = helper.make_graph(self._nodes, "groundwork", ends[:1], ends[1:], self._constants)
        model = helper.make_model(
            graph, producer_name="groundwork", opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
        )
        onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString())
