"""The shapes of the API's requests and answers about services and jobs."""

from typing import Any

from rest_framework import serializers

from apps.jobs.models import State
from apps.serializers import PageQuery, StrictSerializer


class CheckRequest(StrictSerializer):
    """What to check."""

    service = serializers.CharField(help_text="Id of the service.")
    parameters = serializers.DictField(help_text="As the service's schema says; scenes and files by their ids.")
    name = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")
    force = serializers.BooleanField(required=False, default=False, help_text="Compute again what was done before.")
    timeout_s = serializers.IntegerField(required=False, allow_null=True, default=None)


class JobRequest(CheckRequest):
    """A job to run."""


class RerunRequest(StrictSerializer):
    """What to change before a job is run again; where nothing changes it is always computed again."""

    parameters = serializers.DictField(required=False, default=dict, help_text="Only the ones that change.")
    name = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=200, default=None)
    force = serializers.BooleanField(required=False, default=False, help_text="Compute again what was done before.")


class JobPatch(StrictSerializer):
    """What can be changed in a job."""

    name = serializers.CharField(allow_blank=True, max_length=200)


class JobFilter(PageQuery):
    """How a list of jobs is narrowed."""

    state = serializers.CharField(required=False, default="", help_text="One state, or several with commas between.")
    service = serializers.CharField(required=False, default="")
    q = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="Part of the name or the service."
    )

    def validate_state(self, value: str) -> str:
        """Refuse states that do not exist."""
        unknown = [s for s in value.split(",") if s and s not in State.values]
        if unknown:
            raise serializers.ValidationError(
                f"There is no state {unknown[0]!r}. There are: {', '.join(State.values)}."
            )
        return value


class LogQuery(StrictSerializer):
    """From where a log is read on."""

    offset = serializers.IntegerField(
        required=False, min_value=0, max_value=1 << 40, default=0, help_text="Bytes already read."
    )


class CurveQuery(StrictSerializer):
    """From where a training curve is read on."""

    since = serializers.IntegerField(
        required=False, min_value=-1, max_value=1 << 40, default=-1, help_text="Last epoch that is known."
    )


class ProblemField(serializers.Serializer[Any]):
    """One thing that is wrong with a parameter."""

    field = serializers.CharField()
    message = serializers.CharField()
    code = serializers.CharField()


class JobFailure(serializers.Serializer[Any]):
    """Why a job failed, in plain words, and what to do next."""

    code = serializers.CharField()
    message = serializers.CharField()
    hint = serializers.CharField()
    fields = ProblemField(many=True)  # type: ignore[assignment]


class EstimateDocument(serializers.Serializer[Any]):
    """What a run will cost."""

    seconds = serializers.FloatField()
    output_bytes = serializers.IntegerField()
    scratch_bytes = serializers.IntegerField()
    memory_bytes = serializers.IntegerField()
    unscaled_seconds = serializers.FloatField(required=False, help_text="Before it was scaled by what such jobs took.")


class JobDocument(serializers.Serializer[Any]):
    """A job."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    service = serializers.CharField()
    service_title = serializers.CharField()
    service_version = serializers.CharField()
    state = serializers.ChoiceField(State.choices)
    stage = serializers.CharField()
    fraction = serializers.FloatField(help_text="Share of the whole that is done, 0 to 1.")
    eta_s = serializers.FloatField(allow_null=True)
    attempt = serializers.IntegerField()
    cancel_requested = serializers.BooleanField()
    created = serializers.DateTimeField()
    started = serializers.DateTimeField(allow_null=True)
    finished = serializers.DateTimeField(allow_null=True)
    updated = serializers.DateTimeField()
    parameters = serializers.DictField()
    inputs = serializers.ListField(child=serializers.DictField())
    timeout_s = serializers.IntegerField()
    error = JobFailure(allow_null=True)
    estimate = EstimateDocument(allow_null=True)
    peak_memory_bytes = serializers.IntegerField(allow_null=True)
    result = serializers.UUIDField(allow_null=True)
    same_result_as = serializers.UUIDField(allow_null=True)
    rerun_of = serializers.UUIDField(allow_null=True)
    queue_position = serializers.IntegerField(allow_null=True)
    links = serializers.DictField(child=serializers.CharField(allow_null=True))


class FindingDocument(serializers.Serializer[Any]):
    """One answer of the world checks."""

    level = serializers.ChoiceField(("ok", "warning", "error"))
    code = serializers.CharField()
    message = serializers.CharField()
    hint = serializers.CharField()
    field = serializers.CharField(allow_null=True)


class CheckDocument(serializers.Serializer[Any]):
    """What a dry run tells."""

    valid = serializers.BooleanField()
    errors = ProblemField(many=True)  # type: ignore[assignment]
    findings = FindingDocument(many=True)
    estimate = EstimateDocument(allow_null=True)
    same_result = serializers.DictField(allow_null=True, help_text="{job, result} of an earlier equal job.")
    queue = serializers.DictField(child=serializers.IntegerField(), help_text="{ahead, workers}")


class CurveDocument(serializers.Serializer[Any]):
    """The training curve of a job."""

    points = serializers.ListField(
        child=serializers.DictField(child=serializers.FloatField()),
        help_text="One an epoch: `epoch` and what was measured, such as train_loss, val_loss, val_accuracy, val_f1.",
    )
    summary = serializers.CharField(help_text="All of the curve in words.", allow_blank=True)
    complete = serializers.BooleanField(help_text="Whether nothing more will come.")


class LogDocument(serializers.Serializer[Any]):
    """A piece of a job's log."""

    text = serializers.CharField()
    offset = serializers.IntegerField(help_text="Where to read on.")
    complete = serializers.BooleanField(help_text="Whether nothing more will come.")
