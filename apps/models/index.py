"""The database as an index over the packages on disk: made again from what lies there."""

import hashlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q

from apps.accounts.models import User
from apps.models.errors import ModelRefused
from apps.models.models import SHIPPED, TrainedModel, Visibility
from apps.models.packages import CARD, RECORD, checked, size_of
from apps.models.register import columns_of, facts_of
from eo.learning.card import ModelCard


@dataclass(frozen=True)
class Entry:
    """What became of a folder: `action` is "added", "renewed", "unchanged" or "skipped"; `reason` says why skipped."""

    folder: Path
    action: str
    reason: str = ""


def index_shipped(root: Path = SHIPPED) -> Iterator[Entry]:
    """Enter the packages that come with the portal; everybody may use them."""
    for folder in _folders(root):
        yield _enter(folder, None, {"visibility": Visibility.PORTAL}, _content_id(folder))


def index_owned() -> Iterator[Entry]:
    """Make the rows of users' packages again from the records beside them."""
    for folder in _folders(Path(settings.MODELS_ROOT)):
        record = folder / RECORD
        facts = json.loads(record.read_text()) if record.is_file() else {}
        owner = User.objects.filter(email=facts.get("owner") or "").first()
        if owner is None:
            yield Entry(folder, "skipped", f"its owner {facts.get('owner') or '(unknown)'} has no account")
        else:
            yield _enter(folder, owner, columns_of(facts), uuid.UUID(folder.name))


def drop_missing(*, shipped_only: bool = False) -> list[str]:
    """Delete the rows of packages that are no longer on disk; return their names."""
    rows = TrainedModel.objects.defer("card")
    rows = rows.filter(owner=None) if shipped_only else rows
    gone = [model for model in rows if not (model.path / CARD).is_file()]
    for model in gone:
        model.delete()
    return [str(model) for model in gone]


def _folders(root: Path) -> list[Path]:
    return [f for f in sorted(root.glob("*")) if not f.name.startswith(".") and (f / CARD).is_file()]


def _enter(folder: Path, owner: User | None, columns: dict[str, object], identity: uuid.UUID) -> Entry:
    """Make or renew one row. A shipped package with another content is another model: jobs name what they ran on."""
    fingerprint = hashlib.sha256((folder / CARD).read_bytes()).hexdigest()
    known = TrainedModel.objects.filter(pk=identity).first()
    if known and known.fingerprint == fingerprint and all(getattr(known, k) == v for k, v in _plain(columns).items()):
        return Entry(folder, "unchanged")
    try:
        with checked(folder) as (card, _):
            facts = {**facts_of(card), **columns, "owner": owner, "folder": folder.name, "fingerprint": fingerprint}
            _save(identity, {**facts, "size_bytes": size_of(folder)}, card)
    except ModelRefused as error:
        return Entry(folder, "skipped", f"{error.message} {error.hint}".strip())
    return Entry(folder, "renewed" if known else "added")


@transaction.atomic
def _save(identity: uuid.UUID, facts: dict[str, object], card: ModelCard) -> None:
    if "name" not in facts:
        others = TrainedModel.objects.filter(owner=None, name=card.name).exclude(pk=identity)
        TrainedModel.objects.filter(owner=None, folder=facts["folder"]).filter(~Q(pk=identity)).delete()
        version = (others.aggregate(n=Max("version"))["n"] or 0) + 1
        facts |= {"name": card.name, "version": version, "description": card.description[:4000]}
    TrainedModel.objects.update_or_create(pk=identity, defaults=facts)


def _content_id(folder: Path) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_OID, hashlib.sha256((folder / CARD).read_bytes()).hexdigest())


def _plain(columns: dict[str, object]) -> dict[str, object]:
    """Return columns in the types that a row has them in."""
    ids = ("job_id", "result_id")
    return {k: uuid.UUID(str(v)) if k in ids and v else v for k, v in columns.items()}
