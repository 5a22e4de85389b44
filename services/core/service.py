"""What a service is: its parameters, its outputs, and where its code stands. Pydantic only, nothing heavier."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic.fields import FieldInfo

if TYPE_CHECKING:
    from services.core.context import Context

Resource = Literal["cpu", "gpu", "snap"]
Role = Literal["data", "mask", "vector", "overview", "metadata"]


class Params(BaseModel):
    """Parameters of a service: immutable, unknown names refused, numbers finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        kind = cls.model_fields[str(info.field_name)].annotation
        if isinstance(value, bool) and bool not in (kind, *get_args(kind)):
            raise ValueError(f"true and false are no values here (given: {str(value).lower()}).")
        return value


def param(
    default: Any = ...,
    *,
    title: str,
    help: str,
    unit: str | None = None,
    flag: str | None = None,
    advanced: bool = False,
    needed: bool = False,
    labels: Mapping[Any, str] | None = None,
    schema: Mapping[str, Any] | None = None,
    **limits: Any,
) -> Any:
    """Declare one parameter; everything that shows it reads this.

    Args:
        default: value when not given; leave out for a required parameter.
        title: short label.
        help: one sentence beside the field.
        unit: unit of a number ("m", "dB", "%", "1" for a pure number).
        flag: spelling on the command line where it differs from the name (`AoI`).
        advanced: shown folded away in the form.
        needed: has to be given although it has a default, which a validator refuses in words of its own.
        labels: wording for the values of an enumeration.
        schema: further JSON-schema members (`types.accepts(...)`).
        limits: ge, gt, le, lt, min_length, max_length, pattern, examples, as in pydantic.
    """
    extra: dict[str, Any] = dict(schema or {})
    if unit is not None:
        extra["x-unit"] = unit
    if flag is not None:
        extra["x-flag"] = flag
    if advanced:
        extra["x-advanced"] = True
    if needed:
        extra["x-needed"] = True
    if labels is not None:
        extra["x-labels"] = {str(k): v for k, v in labels.items()}
    return Field(default, title=title, description=help, json_schema_extra=extra or None, **limits)


@dataclass(frozen=True)
class Output:
    """One thing a service leaves behind.

    Args:
        name: key of the asset in the STAC item, and stem of the file.
        title: what it is, in words.
        unit: unit of the values, "1" where pure number, None where not a raster.
        dtype: numpy name of the stored values, None where not a raster.
        role: STAC role.
        optional: whether a run may leave it out.
        many: whether `name` is a prefix of several files (`name_B02`, …).
        style: how the map shows it at first: {"bands": [3, 2, 1], "rescale": [[lo, hi]], "colormap": "viridis"}.
    """

    name: str
    title: str
    unit: str | None = None
    dtype: str | None = None
    role: Role = "data"
    optional: bool = False
    many: bool = False
    style: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Estimate:
    """What a run will cost, as told by a dry run.

    Args:
        seconds: wall-clock time on `threads` cores.
        output_bytes: size of what is kept.
        scratch_bytes: disk needed while running, output included.
        memory_bytes: peak resident memory.
    """

    seconds: float
    output_bytes: int
    scratch_bytes: int
    memory_bytes: int


@dataclass(frozen=True)
class Finding:
    """One answer of the world checks: `level` is "ok", "warning" or "error"; `hint` says the next step."""

    level: Literal["ok", "warning", "error"]
    code: str
    message: str
    hint: str = ""
    field: str | None = None


@dataclass(frozen=True)
class Preflight:
    """What the world checks of a dry run found, and what the run would cost."""

    findings: tuple[Finding, ...]
    estimate: Estimate | None = None


@dataclass(frozen=True)
class Service:
    """A service: the declaration from which command line, REST schema, form, OGC description and docs are read.

    Args:
        id: name of the folder under `services/`.
        command: name of the command line.
        params: the pydantic model of the parameters.
        entry: "module:function" of `run(params, context) -> None`.
        preflight: "module:function" of `(params) -> Preflight`; opens inputs, computes nothing.
        resource: kind of worker it needs.
        standing: data that it reads beside its inputs (`services.core.standing`); another state of these gives another
            result.
        limitations: what the user should know before trusting the result.
    """

    id: str
    version: str
    title: str
    summary: str
    command: str
    domain: str
    params: type[Params]
    outputs: tuple[Output, ...]
    entry: str
    example: Mapping[str, Any]
    sources: tuple[str, ...]
    preflight: str | None = None
    resource: Resource = "cpu"
    standing: tuple[str, ...] = ()
    citation: str = ""
    licence: str = ""
    limitations: tuple[str, ...] = ()
    icon: str = "layers"

    def load_run(self) -> "Callable[[Any, Context], None]":
        """Import the code that does the work (and what it needs: numpy, rasterio, …)."""
        return _load(self.entry)  # type: ignore[no-any-return]

    def load_preflight(self) -> Callable[[Any], Preflight] | None:
        """Import the world checks, if the service has any."""
        return _load(self.preflight) if self.preflight else None

    def flags(self) -> dict[str, str]:
        """Return command-line spelling by parameter name."""
        return {name: flag_of(name, info) for name, info in self.params.model_fields.items()}

    def references(self) -> dict[str, str]:
        """Return the kind ("scene", "vector_file") of each parameter whose value is a reference to stored data."""
        from services.core.types import REFERENCE_KINDS

        kinds = {name: self.property_schema(name).get("x-kind") for name in self.params.model_fields}
        return {name: kind for name, kind in kinds.items() if kind in REFERENCE_KINDS}

    def resource_for(self, values: Mapping[str, Any]) -> str:
        """Return the kind of worker that a run needs: a parameter's value may ask for another (`x-resource`)."""
        schemas = {name: self.property_schema(name).get("x-resource", {}) for name in self.params.model_fields}
        asked = (schema.get(values.get(name)) for name, schema in schemas.items() if schema)
        return next((resource for resource in asked if resource), self.resource)

    def open_parameters(self) -> list[str]:
        """Return the parameters that a client of the portal may give: all but paths of the machine that computes."""
        from services.core.types import LOCAL_PATH

        return [n for n in self.params.model_fields if self.property_schema(n).get("x-kind") != LOCAL_PATH]

    def property_schema(self, name: str) -> dict[str, Any]:
        """Return the JSON schema of one parameter, optional ones (`X | None`) flattened onto X."""
        return _flatten(self.params.model_json_schema()["properties"][name])

    def output(self, name: str) -> Output | None:
        """Find the declared output that a written asset belongs to."""
        exact = next((o for o in self.outputs if o.name == name), None)
        return exact or next((o for o in self.outputs if o.many and name.startswith(f"{o.name}_")), None)


def flag_of(name: str, info: FieldInfo) -> str:
    """Return the command-line spelling of a parameter, without dashes."""
    extra = info.json_schema_extra
    flag = extra.get("x-flag") if isinstance(extra, dict) else None
    return str(flag) if flag else name


def _flatten(prop: Mapping[str, Any]) -> dict[str, Any]:
    options: Iterable[Mapping[str, Any]] = prop.get("anyOf", ())
    real = [o for o in options if o.get("type") != "null"]
    if len(real) == 1:
        return {**real[0], **{k: v for k, v in prop.items() if k != "anyOf"}, "x-optional": True}
    return dict(prop)


def _load(spec: str) -> Any:
    module, _, name = spec.partition(":")
    return getattr(import_module(module), name)
