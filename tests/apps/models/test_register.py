"""Register packages: copies, versions, and what is refused because it cannot be trusted."""

import hashlib
import io
import json
import pickle
import subprocess
import zipfile
from pathlib import Path

import onnx
import pytest
from onnx import helper

from apps.models.errors import ModelRefused
from apps.models.models import TrainedModel
from apps.models.packages import RECORD, SUMS, arrive
from apps.models.register import register

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def refusal(user, source: Path) -> ModelRefused:
    """Return the error of a package that must be refused; nothing of it is left."""
    with pytest.raises(ModelRefused) as error:
        register(user, source)
    assert not TrainedModel.objects.exists()
    assert not list(Path(TrainedModel(owner=user, folder="x").path.parent).glob("*"))
    return error.value


def with_card(folder: Path, **changes) -> Path:
    """Change members of a package's card."""
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, **changes}))
    return folder


def with_onnx(folder: Path, network: onnx.ModelProto) -> Path:
    """Put another network into a package, named in its card as it should be."""
    content = network.SerializeToString()
    (folder / "model.onnx").write_bytes(content)
    facts = {"file": "model.onnx", "sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}
    return with_card(folder, onnx=facts)


def test_it_works(user, package) -> None:
    model = register(user, package)
    assert (model.name, model.version, model.task, model.network) == ("Small", 1, "crop_classification", "lstm")
    assert (model.bands, model.periods) == (["B02", "B03", "B04"], 4)
    assert (model.macro_f1, model.measured_on, model.visibility) == (0.8, "test", "private")
    assert model.fingerprint == hashlib.sha256((package / "card.json").read_bytes()).hexdigest()
    names = {path.name for path in model.path.iterdir()}
    assert names == {"card.json", "weights.safetensors", "model.onnx", SUMS, RECORD}
    assert json.loads((model.path / RECORD).read_text())["owner"] == user.email


def test_the_sums_are_those_of_the_files(user, package) -> None:
    model = register(user, package)
    for line in (model.path / SUMS).read_text().splitlines():
        digest, name = line.split("  ")
        assert digest == hashlib.sha256((model.path / name).read_bytes()).hexdigest()


def test_the_same_name_again_is_the_next_version(user, stranger, package) -> None:
    versions = [register(owner, package, name="Crops").version for owner in (user, user, stranger)]
    assert versions == [1, 2, 1]


def test_only_what_belongs_to_a_package_is_kept(user, variant) -> None:
    """Pictures that are none, pages and notes are left behind."""
    folder = variant(confusion__png=PNG, curve__png=b"<svg onload=alert(1)>", index__html=b"<script>")
    names = {path.name for path in register(user, folder).path.iterdir()}
    assert names == {"card.json", "weights.safetensors", "model.onnx", "confusion.png", SUMS, RECORD}


def test_a_pickle_is_refused_by_name_and_by_content(user, variant, tmp_path) -> None:
    evil = pickle.dumps({"weights": [1, 2]})
    assert refusal(user, variant("one", weights__pt=evil)).code == "unsafe_model"
    assert refusal(user, variant("two", weights__safetensors=evil)).code in {"unsafe_model", "invalid_model"}
    alone = tmp_path / "model.pt"
    alone.write_bytes(evil)
    error = refusal(user, alone)
    assert (error.code, "pickle" in error.message) == ("unsafe_model", True)


def test_no_pickle_is_ever_run(user, variant, tmp_path) -> None:
    """One that would leave a sign behind leaves none."""
    sign = tmp_path / "sign"

    class Evil:
        def __reduce__(self):
            return (Path.touch, (sign,))

    content = pickle.dumps(Evil())
    refusal(user, variant("one", weights__safetensors=content))
    refusal(user, variant("two", model__onnx=content))
    assert not sign.exists()


def test_custom_operators_are_refused(user, variant) -> None:
    folder = variant()
    network = onnx.load(folder / "model.onnx")
    network.graph.node.append(helper.make_node("Shell", ["series"], ["y"], domain="evil.example"))
    network.opset_import.append(helper.make_opsetid("evil.example", 1))
    assert refusal(user, with_onnx(folder, network)).code == "unsafe_model"


def test_another_input_shape_is_refused_with_both(user, variant) -> None:
    folder = variant()
    network = onnx.load(folder / "model.onnx")
    network.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 7
    error = refusal(user, with_onnx(folder, network))
    assert error.code == "invalid_model"
    assert "7" in error.message
    assert "4" in error.message


def test_weights_that_the_card_does_not_speak_of_are_refused(user, variant, package) -> None:
    weights = bytearray((package / "weights.safetensors").read_bytes())
    weights[-1] ^= 1
    error = refusal(user, variant(weights__safetensors=bytes(weights)))
    assert error.code == "invalid_model"
    assert "is not the file that the card speaks of" in error.message


def test_a_bomb_is_refused(user, tmp_path, package) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(package / "card.json", "card.json")
        archive.writestr("model.onnx", b"\0" * (700 << 20))
    assert path.stat().st_size < 1 << 20
    assert refusal(user, path).code == "unsafe_archive"


def test_a_zip_that_points_outside_is_refused(user, tmp_path, package) -> None:
    path = tmp_path / "out.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(package / "card.json", "card.json")
        archive.writestr("../../evil.txt", b"x")
    assert refusal(user, path).code == "unsafe_archive"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": "groundwork-model/9"}, "format"),
        ({"surprise": 1}, "surprise"),
        ({"licence": "a\0b"}, "NUL"),
        ({"temperature": -1}, "temperature"),
    ],
)
def test_a_card_that_is_not_as_it_should_be_is_named(user, variant, changes, words) -> None:
    error = refusal(user, with_card(variant(), **changes))
    assert (error.code, words in error.message) == ("invalid_model", True)


def test_a_check_that_takes_too_long_is_given_up(user, package, monkeypatch) -> None:
    monkeypatch.setattr("apps.models.packages.CHECK_S", 0.05)
    assert refusal(user, package).code == "check_failed"


def test_a_check_that_takes_too_much_memory_is_given_up(user, package, monkeypatch) -> None:
    """The limit is set from outside here, so that the test needs no 4 GiB."""
    real = subprocess.run
    limited = ["prlimit", "--as=60000000"]
    monkeypatch.setattr("subprocess.run", lambda command, **more: real([*limited, *command], **more))
    assert refusal(user, package).code == "check_failed"


def test_the_child_knows_no_secret(user, package, monkeypatch) -> None:
    seen = {}
    real = subprocess.run

    def spy(command, **more):
        seen.update(more["env"])
        return real(command, **more)

    monkeypatch.setenv("SECRET_KEY", "s" * 60)
    monkeypatch.setenv("DATABASE_URL", "postgis://x")
    monkeypatch.setattr("subprocess.run", spy)
    register(user, package)
    assert not {"SECRET_KEY", "DATABASE_URL"} & set(seen)


def test_a_package_that_is_not_entered_leaves_nothing(user, package) -> None:
    arrived = arrive(package)
    assert arrived.folder.is_dir()
    arrived.drop()
    assert not arrived.folder.exists()


def test_a_zip_with_a_folder_in_it_is_taken(user, package, tmp_path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in package.iterdir():
            archive.write(path, f"crops-v1/{path.name}")
    path = tmp_path / "crops.zip"
    path.write_bytes(buffer.getvalue())
    assert register(user, path).name == "Small"
