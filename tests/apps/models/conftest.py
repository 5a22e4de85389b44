"""Users, folders of their own, and packages of small networks."""

import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from people import browser, program, user

from apps.accounts.models import User
from apps.models.models import TrainedModel
from apps.models.register import register

__all__ = ["browser", "program", "user"]


@pytest.fixture
def stranger(db) -> User:
    """Somebody else."""
    return User.objects.create_user("eve@example.org")


@pytest.fixture(autouse=True)
def roots(settings, tmp_path: Path) -> Path:
    """Let everything lie in a temporary folder."""
    settings.MODELS_ROOT, settings.RESULTS_ROOT = tmp_path / "models", tmp_path / "results"
    settings.JOBS_ROOT = tmp_path / "jobs"
    return tmp_path


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of a small LSTM with measured numbers."""
    from model_cards import measured
    from small_models import write_small_model

    folder = tmp_path_factory.mktemp("packages") / "small"
    write_small_model(folder, **measured(0.8))
    return folder


@pytest.fixture
def variant(package: Path, tmp_path: Path) -> Callable[..., Path]:
    """Makes copies of the package with other files in it."""

    def make(name: str = "variant", **files: bytes) -> Path:
        folder = tmp_path / name
        shutil.copytree(package, folder)
        for file, content in files.items():
            (folder / file.replace("__", ".")).write_bytes(content)
        return folder

    return make


@pytest.fixture
def registered(user: User, package: Path) -> Callable[..., TrainedModel]:
    """Registers the package, or another."""

    def make(owner: User = user, source: Path = package, name: str = "Crops", **columns) -> TrainedModel:
        model = register(owner, source, name=name)
        for column, value in columns.items():
            setattr(model, column, value)
        model.save()
        return model

    return make


def zipped(folder: Path, prefix: str = "") -> bytes:
    """Return a folder's files as a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"{prefix}{path.name}")
    return buffer.getvalue()
