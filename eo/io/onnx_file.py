"""Whether an ONNX file is a plain network: standard operators, all in one file, the input and output it should have."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import AttributeProto, TensorProto

from eo.errors import InvalidModel, UnsafeModel
from eo.io.weight_file import refuse_pickle

DOMAINS = ("", "ai.onnx")
OPERATORS = frozenset(
    re.findall(
        r"\w+",
        "Abs Add AveragePool BatchNormalization Cast Clip Concat Constant Conv CumSum Div Dropout Elu Equal "
        "Erf Exp Flatten GRU Gather Gelu Gemm GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual "
        "HardSigmoid HardSwish Identity IsInf IsNaN LSTM LayerNormalization LeakyRelu Less LessOrEqual Log "
        "LogSoftmax MatMul Max MaxPool Mean Min Mul Neg Not Or And PRelu Pow RNN Reciprocal ReduceMax "
        "ReduceMean ReduceMin ReduceSum Relu Reshape Shape Sigmoid Sign Slice Softmax Softplus Softsign Split "
        "Sqrt Squeeze Sub Sum Tanh Transpose Unsqueeze Where ",
    )
)
"""What a network for series is made of: no loops or branches, nothing random, nothing that makes much of little."""
OPSETS = range(13, 26)
_HINT = "Export the network with its card again, with the operators of ONNX's standard domain."


def check_onnx(path: Path, input: str, input_shape: Sequence[int], output: str, output_shape: Sequence[int]) -> None:
    """Check a file against what the card says.

    Args:
        input_shape, output_shape: without the batch, which comes first and is free.

    Raises:
        UnsafeModel: operators that are not of the standard domain or not taken, external data, pickles.
        InvalidModel: no ONNX, or another input or output.
    """
    content = path.read_bytes()
    refuse_pickle(content[:16], path.name)
    try:
        model = onnx.load_model_from_string(content)
    except (DecodeError, ValueError) as error:
        raise InvalidModel(f"{path.name} is no ONNX: {error}.", hint=_HINT) from None
    _check_domains(model, path.name)
    for node in model.graph.node:
        _check_node(node, path.name)
    for tensor in model.graph.initializer:
        _check_tensor(tensor, path.name)
    own = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in own]
    _check_end("input", inputs, input, input_shape, path.name)
    _check_end("output", list(model.graph.output), output, output_shape, path.name)
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError, ValueError) as error:
        raise InvalidModel(f"{path.name} is no sound ONNX: {str(error).splitlines()[0]}.", hint=_HINT) from None


def _check_domains(model: onnx.ModelProto, label: str) -> None:
    strange = [o.domain for o in model.opset_import if o.domain not in DOMAINS]
    if strange or model.functions:
        name = strange[0] if strange else model.functions[0].name
        raise UnsafeModel(f"{label} brings operators of its own ({name[:80]}): they are not taken.", hint=_HINT)
    versions = [o.version for o in model.opset_import]
    if not versions or any(v not in OPSETS for v in versions):
        found = ", ".join(map(str, versions)) or "none"
        raise InvalidModel(f"{label} uses opset {found}; {OPSETS[0]} to {OPSETS[-1]} are taken.", hint=_HINT)
    if model.graph.sparse_initializer or model.training_info:
        raise UnsafeModel(f"{label} has sparse weights or training parts: they are not taken.", hint=_HINT)


def _check_node(node: onnx.NodeProto, label: str) -> None:
    if node.domain not in DOMAINS or node.op_type not in OPERATORS:
        name = f"{node.domain}:{node.op_type}" if node.domain else node.op_type
        raise UnsafeModel(f"{label} has the operator {name[:80]}, which is not taken.", hint=_HINT)
    for attribute in node.attribute:
        if attribute.type in (AttributeProto.GRAPH, AttributeProto.GRAPHS):
            raise UnsafeModel(f"{label} has a graph within {node.op_type}: it is not taken.", hint=_HINT)
        for tensor in _tensors(attribute):
            _check_tensor(tensor, label)


def _tensors(attribute: AttributeProto) -> Iterator[TensorProto]:
    yield from (attribute.t, *attribute.tensors)
    if attribute.HasField("sparse_tensor"):
        yield from (attribute.sparse_tensor.values, attribute.sparse_tensor.indices)


def _check_tensor(tensor: TensorProto, label: str) -> None:
    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        raise UnsafeModel(f"{label} keeps data in another file ({tensor.name[:80]}): it is not taken.", hint=_HINT)


def _check_end(kind: str, found: list[Any], name: str, shape: Sequence[int], label: str) -> None:
    wanted = f"{name} float32 ({', '.join(['batch', *map(str, shape)])})"
    told = "; ".join(_told(value) for value in found) or "none"
    right = len(found) == 1 and found[0].name == name and _fits(found[0].type.tensor_type, shape)
    if not right:
        raise InvalidModel(f"{label} has the {kind} {told[:300]}; the card makes it {wanted}.", hint=_HINT)


def _fits(kind: Any, shape: Sequence[int]) -> bool:
    dims = list(kind.shape.dim)
    if kind.elem_type != TensorProto.FLOAT or len(dims) != len(shape) + 1 or dims[0].HasField("dim_value"):
        return False
    return [d.dim_value for d in dims[1:]] == list(shape)


def _told(value: Any) -> str:
    kind = value.type.tensor_type
    names = {TensorProto.FLOAT: "float32", TensorProto.FLOAT16: "float16", TensorProto.DOUBLE: "float64"}
    dims = ", ".join(d.dim_param or (str(d.dim_value) if d.HasField("dim_value") else "free") for d in kind.shape.dim)
    return f"{value.name} {names.get(kind.elem_type, f'type {kind.elem_type}')} ({dims})"
