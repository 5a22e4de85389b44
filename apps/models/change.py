"""Change and delete models: only their owners do."""

import shutil
from collections.abc import Mapping

from django.db import transaction
from django.db.models import Max

from apps.accounts.models import User
from apps.models.errors import ModelInUse
from apps.models.models import TrainedModel
from apps.models.register import record
from apps.models.use import used_by


@transaction.atomic
def change_model(model: TrainedModel, wanted: Mapping[str, str]) -> TrainedModel:
    """Change name, description or visibility; under another name it is the next version of that."""
    name = wanted.get("name", model.name)
    if name != model.name:
        User.objects.select_for_update().filter(trained_models=model).first()
        latest = TrainedModel.objects.filter(owner=model.owner_id, name=name).aggregate(n=Max("version"))["n"] or 0
        model.name, model.version = name, latest + 1
    model.description = wanted.get("description", model.description)
    model.visibility = wanted.get("visibility", model.visibility)
    model.save(update_fields=["name", "version", "description", "visibility"])
    record(model)
    return model


@transaction.atomic
def delete_model(model: TrainedModel) -> None:
    """Delete a model and its package.

    Raises:
        ModelInUse: a job that waits or runs needs it.
    """
    TrainedModel.objects.select_for_update().get(pk=model.pk)
    if words := used_by(model.pk):
        raise ModelInUse(f"{model} cannot be deleted: {words}.", hint="Wait until it has ended, or cancel it.")
    folder = model.path
    model.delete()
    transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))
