"""From what a user typed to a service's parameters: pure, instant, the same in browser, API and shell."""

import difflib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from services.core.errors import FieldError, InvalidParameters
from services.core.service import Params, Service

_WORDS = {
    "float_parsing": "Write a number",
    "float_type": "Write a number",
    "int_parsing": "Write a whole number",
    "int_type": "Write a whole number",
    "int_from_float": "Write a whole number",
    "int_parsing_size": "Write a whole number with fewer digits",
}


def validate(service: Service, values: Mapping[str, Any]) -> Params:
    """Return the parameters, defaults filled in.

    Raises:
        InvalidParameters: one `FieldError` per field; unknown names come with the nearest valid one.
    """
    try:
        return service.params.model_validate(dict(values))
    except ValidationError as error:
        fields = tuple(_field_error(service, dict(e)) for e in error.errors())
        detail = " ".join(f"{f.field}: {f.message}" for f in fields)
        raise InvalidParameters(
            f"The parameters of {service.id} were not accepted. {detail}",
            hint=f"What it takes: `{service.command} --help`, or /api/services/{service.id}.",
            fields=fields,
        ) from None


def _field_error(service: Service, error: Mapping[str, Any]) -> FieldError:
    location = [str(part) for part in error["loc"]]
    message = _WORDS.get(error["type"]) or str(error["msg"]).removeprefix("Value error, ")
    name, message = (location[0], message) if location else _of_a_field(service, message)
    if error["type"] == "extra_forbidden":
        return FieldError(name, _unknown(service, name), "unknown_parameter")
    given = error.get("input")
    if error["type"] == "missing":
        return FieldError(name, "This parameter is required.", "missing")
    if error["type"] != "value_error" and isinstance(given, str | int | float) and len(str(given)) <= 80:
        message = f"{message.rstrip('.')} (given: {given})."
    if error["type"] == "string_pattern_mismatch":
        info = service.params.model_fields[name]
        examples = [info.default] if isinstance(info.default, str) else info.examples
        like = examples[0] if examples else f"the pattern {error['ctx']['pattern']}"
        message = f"Write it like {like} (given: {str(given)[:80]})."
    return FieldError(name, message if message.endswith((".", "?", ")")) else f"{message}.", str(error["type"]))


def _of_a_field(service: Service, message: str) -> tuple[str, str]:
    """Return which field a check of several is about ("name: what is wrong"), and what it says."""
    name, colon, rest = message.partition(": ")
    return (name, rest) if colon and name in service.params.model_fields else ("parameters", message)


def unknown_option(service: Service, option: str) -> FieldError:
    """Name an option that does not exist, with the nearest that does."""
    flags = {flag.lower(): f"--{flag}" for flag in service.flags().values()}
    near = difflib.get_close_matches(option.strip("-").lower(), flags, n=1, cutoff=0.5)
    what = f"Did you mean {flags[near[0]]}?" if near else f"There are: {', '.join(flags.values())}."
    return FieldError(option, f"There is no option {option}. {what}", "unknown_parameter")


def _unknown(service: Service, name: str) -> str:
    names = list(service.params.model_fields)
    lowered = {n.lower(): n for n in names} | {flag.lower(): n for n, flag in service.flags().items()}
    near = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
    nearest = f" Did you mean {lowered[near[0]]!r}?" if near else f" There are: {', '.join(names)}."
    return f"There is no parameter {name!r}.{nearest}"
