"""Packages of networks: what is written can be read, and what is hostile or does not fit is refused in words."""

import hashlib
import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from small_models import write_small_model

from eo.errors import EoError, InvalidModel, UnsafeArchive, UnsafeModel
from eo.io.model_package import check_package, open_package, read_card, write_package
from eo.learning.networks import build, load_weights


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_small_model(tmp_path / "model")
    return tmp_path / "model"


def zipped(folder: Path, prefix: str = "") -> Path:
    path = folder.parent / "model.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, prefix + file.name)
    return path


def renew(folder: Path, name: str, content: bytes) -> None:
    """Replace a file, and let the card speak of it."""
    (folder / name).write_bytes(content)
    change(
        folder,
        "weights" if name.endswith("tensors") else "onnx",
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def change(folder: Path, *keys: str, **values) -> None:
    card = json.loads((folder / "card.json").read_text())
    part = card
    for key in keys:
        part = part[key]
    part.update(values)
    (folder / "card.json").write_text(json.dumps(card))


def test_a_package_is_read_as_it_was_written(folder: Path) -> None:
    package = open_package(folder)
    assert package.card == read_card(folder) == check_package(folder)
    network, settings = package.network()
    module = build(network, settings)
    load_weights(module, package.weights())
    torch.manual_seed(0)
    assert torch.equal(module.head.weight, build(network, settings).head.weight)
    assert sorted(p.name for p in folder.iterdir()) == ["card.json", "model.onnx", "weights.safetensors"]


@pytest.mark.parametrize("prefix", ["", "my model/"])
def test_a_zip_is_as_good_as_a_folder(folder: Path, prefix: str, tmp_path: Path) -> None:
    path = zipped(folder, prefix)
    assert check_package(path) == read_card(path) == read_card(folder)
    package = open_package(path)
    place = package.folder
    assert package.onnx_path.read_bytes() == (folder / "model.onnx").read_bytes()
    del package
    assert not place.exists()
    kept = open_package(path, tmp_path / "scratch")
    assert kept.folder.is_relative_to(tmp_path / "scratch")


def test_the_result_of_a_job_is_a_package(folder: Path) -> None:
    for name in ("item.json", "README.md", "confusion.png"):
        (folder / name).write_bytes(b"whatever")
    assert check_package(folder).name == "Small"


class _Evil:
    def __reduce__(self):
        return (Path("/nonexistent/ran").write_text, ("ran",))


def _torch_file(folder: Path) -> Path:
    path = folder.parent / "weights.pt"
    torch.save({"a": torch.zeros(2)}, path)
    return path


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_torch_file, "weights.pt may be a pickle, which runs code when it is read: it is not taken."),
        (lambda f: _torch_file(f).rename(f.parent / "model.zip"), "weights/data.pkl may be a pickle"),
        (lambda f: _write(f.parent / "model.zip", pickle.dumps(_Evil())), "model.zip is a pickle, which can run code"),
        (lambda f: _write(f / "extra.pkl", b"") and f, "extra.pkl may be a pickle"),
        (lambda f: _renewed(f, "weights.safetensors", pickle.dumps(_Evil())), "weights.safetensors is a pickle"),
        (lambda f: _renewed(f, "weights.safetensors", pickle.dumps([1], 0)), "weights.safetensors is a pickle"),
        (lambda f: _renewed(f, "weights.safetensors", _torch_file(f).read_bytes()), "is a zip as torch.save writes it"),
        (lambda f: _renewed(f, "model.onnx", pickle.dumps(_Evil())), "model.onnx is a pickle"),
    ],
)
def test_pickles_are_refused_by_name_and_by_content(folder: Path, make: Callable, words: str) -> None:
    with pytest.raises(UnsafeModel) as raised:
        check_package(make(folder))
    assert words in raised.value.message


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _renewed(folder: Path, name: str, content: bytes) -> Path:
    renew(folder, name, content)
    return folder


def _tensors(header: dict | bytes, numbers: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + numbers


def _entry(shape, offsets, dtype="F32") -> dict:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def _header_of(folder: Path) -> tuple[dict, bytes]:
    whole = (folder / "weights.safetensors").read_bytes()
    length = struct.unpack("<Q", whole[:8])[0]
    return json.loads(whole[8 : 8 + length]), whole[8 + length :]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x01", "weights.safetensors is 1 bytes long: no safetensors file."),
        (struct.pack("<Q", 1 << 62) + b"{}", "says that its header has 4611686018427387904 bytes"),
        (_tensors(b"{"), "has a header that is no JSON"),
        (_tensors(b"[" * 100_000), "has a header that is no JSON"),
        (_tensors(b'{"a": 1, "a": 2}'), "a name comes twice"),
        (_tensors([1]), "names no tensors"),
        (_tensors({"a": {}}), "a lacks its shape or its place"),
        (_tensors({"a": _entry([1], [0, 4], "F64")}), "a holds F64; only F32 is taken."),
        (_tensors({"a": _entry([2], [0, 4])}), "a has 4 bytes for the shape [2]."),
        (_tensors({"a": _entry([-1], [0, -4])}), "a lacks its shape or its place"),
        (
            _tensors({"a": _entry([1], [0, 4])}, bytes(4)),
            "lacks head.bias, head.weight, recurrent.0.bias_hh_l0 and 7 more",
        ),
    ],
)
def test_weights_that_are_none(folder: Path, content: bytes, words: str) -> None:
    renew(folder, "weights.safetensors", content)
    with pytest.raises(InvalidModel) as raised:
        check_package(folder)
    assert words in raised.value.message


def _overlap(header: dict, numbers: bytes) -> bytes:
    bias = header["recurrent.0.bias_hh_l0"]
    header["recurrent.0.bias_ih_l0"]["data_offsets"] = bias["data_offsets"]
    return _tensors(header, numbers)


def _transposed(header: dict, numbers: bytes) -> bytes:
    header["head.weight"]["shape"].reverse()
    return _tensors(header, numbers)


def _nan(header: dict, numbers: bytes) -> bytes:
    return _tensors(header, np.float32(np.nan).tobytes() + numbers[4:])


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_overlap, "has tensors that overlap or leave a hole"),
        (_transposed, "head.weight has the shape (16, 3); the card makes it (3, 16)."),
        (_nan, "has numbers that are not finite."),
        (lambda h, n: _tensors(h, n + b"hidden"), "bytes of numbers where its header names"),
        (
            lambda h, n: _tensors(h | {"spy": _entry([0], [len(n), len(n)])}, n),
            "has spy, which the card's network has not.",
        ),
    ],
)
def test_weights_that_do_not_fit(folder: Path, damage: Callable, words: str) -> None:
    renew(folder, "weights.safetensors", damage(*_header_of(folder)))
    with pytest.raises(InvalidModel) as raised:
        check_package(folder)
    assert words in raised.value.message


def _changed_onnx(folder: Path, act: Callable[[onnx.ModelProto], object]) -> bytes:
    model = onnx.load_model_from_string((folder / "model.onnx").read_bytes())
    act(model)
    return model.SerializeToString()


def _custom(model) -> None:
    model.opset_import.append(helper.make_opsetid("com.evil", 1))
    model.graph.node[0].domain = "com.evil"


def _external(model) -> None:
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def _loop(model) -> None:
    body = helper.make_graph([], "body", [], [])
    model.graph.node.append(helper.make_node("Loop", ["", ""], ["x"], body=body))


def _function(model) -> None:
    model.functions.append(helper.make_function("com.evil", "spy", [], [], [], []))


def _hidden_external(model) -> None:
    tensor = helper.make_tensor("t", TensorProto.FLOAT, [1], [1.0])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../secret")
    model.graph.node.append(helper.make_node("Constant", [], ["hidden"], value=tensor))


@pytest.mark.parametrize(
    ("act", "error", "words"),
    [
        (_custom, UnsafeModel, "brings operators of its own (com.evil): they are not taken."),
        (_function, UnsafeModel, "brings operators of its own (spy): they are not taken."),
        (_external, UnsafeModel, "keeps data in another file (constant_0): it is not taken."),
        (_hidden_external, UnsafeModel, "keeps data in another file (t): it is not taken."),
        (_loop, UnsafeModel, "has the operator Loop, which is not taken."),
        (
            lambda m: setattr(m.graph.input[0].type.tensor_type.shape.dim[1], "dim_value", 5),
            InvalidModel,
            "has the input series float32 (batch, 5, 3); the card makes it series float32 (batch, 4, 3).",
        ),
        (
            lambda m: setattr(m.graph.input[0].type.tensor_type.shape.dim[0], "dim_value", 1),
            InvalidModel,
            "has the input series float32 (1, 4, 3); the card makes it",
        ),
        (
            lambda m: setattr(m.graph.output[0], "name", "logits"),
            InvalidModel,
            "has the output logits float32 (batch, 3)",
        ),
        (lambda m: setattr(m.opset_import[0], "version", 99), InvalidModel, "uses opset 99; 13 to 25 are taken."),
        (lambda m: m.graph.node[3].input.pop(), InvalidModel, "is no sound ONNX"),
    ],
)
def test_onnx_that_is_hostile_or_another_s(folder: Path, act: Callable, error: type[EoError], words: str) -> None:
    renew(folder, "model.onnx", _changed_onnx(folder, act))
    with pytest.raises(error) as raised:
        check_package(folder)
    assert words in raised.value.message


def test_onnx_that_is_none(folder: Path) -> None:
    renew(folder, "model.onnx", b"\xff" * 100)
    with pytest.raises(InvalidModel, match=r"^model\.onnx is no ONNX"):
        check_package(folder)


def test_files_that_the_card_does_not_speak_of(folder: Path) -> None:
    path = folder / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    with pytest.raises(InvalidModel, match=r"^weights\.safetensors is not the file that the card speaks of"):
        check_package(folder)
    path.write_bytes(b"")
    with pytest.raises(InvalidModel, match=r"speaks of: 0 bytes"):
        check_package(folder)
    path.unlink()
    with pytest.raises(InvalidModel, match=r"^There is no weights\.safetensors in the package\.$"):
        check_package(folder)
    path.symlink_to("/etc/hostname")
    with pytest.raises(InvalidModel, match="There is no weights"):
        check_package(folder)


@pytest.mark.parametrize(
    ("keys", "values", "words"),
    [
        ((), {"extra": 1}, "card.json is not as it should be: extra: Extra inputs are not permitted."),
        ((), {"format": "other/2"}, "format: Input should be 'groundwork-model/1'."),
        (("weights",), {"file": "../x.safetensors"}, "weights.file: String should match pattern"),
        (("weights",), {"file": "model.onnx"}, "The card names model.onnx where a .safetensors file should be."),
        (("architecture",), {"network": "gpt"}, "There is no network 'gpt'."),
        (("architecture",), {"parameters": 7}, "The card says 7 weights; its network has"),
        (("inputs", "periods"), {"count": 12}, "card.json contradicts itself: 4 and 12 periods."),
        (("inputs", "normalisation"), {"std": [1, 1]}, "contradicts itself: 3 and 2 standard deviations."),
        (("outputs",), {"classes": []}, "contradicts itself: 3 and 0 outputs."),
        ((), {"temperature": 0}, "temperature: Input should be greater than 0."),
    ],
)
def test_a_card_that_is_wrong(folder: Path, keys, values, words: str) -> None:
    change(folder, *keys, **values)
    with pytest.raises(EoError) as raised:
        check_package(folder)
    assert words in raised.value.message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "card.json is no JSON"),
        (b"\xff\xfe", "card.json is no JSON"),
        (b"[" * 100_000, "card.json is no JSON"),
        (b" " * (5 << 20), "card.json has 5242880 bytes; 4194304 are taken."),
    ],
)
def test_a_card_that_is_none(folder: Path, content: bytes, words: str) -> None:
    (folder / "card.json").write_bytes(content)
    with pytest.raises(InvalidModel) as raised:
        read_card(folder)
    assert words in raised.value.message


@pytest.mark.parametrize(
    ("entries", "error", "words"),
    [
        ({"../card.json": b"{}"}, UnsafeArchive, "points outside of it"),
        ({"/card.json": b"{}"}, UnsafeArchive, "points outside of it"),
        ({"card.json": bytes(80 << 20)}, UnsafeArchive, "would grow from"),
        ({"readme.txt": b"x"}, InvalidModel, "holds 0 files card.json; it should hold one."),
        ({"a/card.json": b"{}", "b/card.json": b"{}"}, InvalidModel, "holds 2 files card.json; it should hold one."),
        ({"card.json": b"{}", **{f"{i}.png": b"" for i in range(70)}}, UnsafeArchive, "more than a package holds"),
    ],
)
def test_zips_that_must_not_be_read(tmp_path: Path, entries: dict, error: type[EoError], words: str) -> None:
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    for act in (check_package, open_package):
        with pytest.raises(error) as raised:
            act(path)
        assert words in raised.value.message
    assert [p.name for p in tmp_path.iterdir()] == ["model.zip"]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"hello", "is no folder and no zip"), (b"PK\x03\x04broken", "is a zip that breaks off")],
)
def test_files_that_are_no_zip(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(EoError) as raised:
        check_package(_write(tmp_path / "model.zip", content))
    assert words in raised.value.message


def test_a_package_is_not_written_wrong(folder: Path, tmp_path: Path) -> None:
    package = open_package(folder)
    parts = package.card.model_dump(exclude={"weights", "onnx"}) | {"temperature": 2.0}
    written = write_package(tmp_path / "again", parts, package.weights(), package.onnx_path.read_bytes())
    assert written == package.card.model_copy(update={"temperature": 2.0, "weights": written.weights})
    with pytest.raises(InvalidModel, match=r"lacks head\.bias"):
        write_package(tmp_path / "bad", parts, {}, b"x")
