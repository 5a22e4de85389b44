"""The command lines: `python -m services list|describe|run`, and one named command per service."""

import argparse
import json
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from services.core.context import Progress
from services.core.errors import InvalidParameters, ServiceError
from services.core.registry import all_services, by_command, get_service
from services.core.runner import curve_line, progress_line, run
from services.core.service import Service, flag_of
from services.core.validation import unknown_option, validate

KEPT = ".resume"
PARAMETERS_HINT = 'Give a file such as {"input": "scene.SAFE", "resolution": 20}.'


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m services …`; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m services", description="Groundwork's services.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="list the services")
    describe = commands.add_parser("describe", help="print a service's declaration as JSON")
    describe.add_argument("id")
    runs = commands.add_parser("run", help="run a service", add_help=False)
    runs.add_argument("id")
    arguments, rest = parser.parse_known_args(argv)
    try:
        if arguments.command == "run":
            service = get_service(arguments.id)
            return run_command(service, rest, prog=f"python -m services run {service.id}")
        if rest:
            parser.error(f"unrecognised arguments: {' '.join(rest)}")
        if arguments.command == "list":
            _print_list()
        else:
            print(json.dumps(describe_service(get_service(arguments.id)), indent=2))
    except ServiceError as error:
        return _fail(error, as_json=False)
    return 0


def named() -> int:
    """Entry point of the named command lines: the service is told from the name the program was called by."""
    name = Path(sys.argv[0]).name
    return run_command(by_command(name), sys.argv[1:], prog=name)


def run_command(service: Service, argv: Sequence[str], *, prog: str) -> int:
    """Parse a service's options, run it, print progress; return the exit status."""
    known, strange = option_parser(service, prog).parse_known_args(argv)
    arguments = vars(known)
    as_json = arguments.pop("progress") == "json"
    report, curve = (_print_json, _print_point) if as_json else (print_bar, print_epoch)
    keep = arguments.pop("keep")
    output_path, preflight_only = arguments.pop("output_path"), arguments.pop("dry_run")
    try:
        _refuse(service, strange)
        values, identity = _values(arguments)
        if preflight_only:
            return _preflight(service, values)
        if not output_path.strip():
            raise InvalidParameters("--output_path names no folder.", hint="Give the folder for the results.")
        kept = Path(keep) if keep else Path(output_path) / KEPT
        run(service, values, Path(output_path), report=report, identity=identity, curve=curve, keep=kept)
    except ServiceError as error:
        return _fail(error, as_json=as_json)
    except Exception as error:
        traceback.print_exc()
        # The error's own words may name folders of the machine: they go to the log, not to whoever asked for the run.
        unexpected = ServiceError(
            f"{service.command} stopped on an error that it did not foresee ({type(error).__name__}).",
            hint="This is a fault of the service, not of your input: the log says where; pass it to the administrator.",
        )
        return _fail(unexpected, as_json=as_json)
    if not as_json:
        print(f"Results are in {output_path}.", file=sys.stderr)
    return 0


def option_parser(service: Service, prog: str) -> argparse.ArgumentParser:
    """Make the parser of a service's command line from its declaration."""
    parser = argparse.ArgumentParser(
        prog=prog, description=service.summary, allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--params", help="JSON file of parameters, instead of options", metavar="FILE")
    for name, info in service.params.model_fields.items():
        schema = service.property_schema(name)
        parser.add_argument(f"--{flag_of(name, info)}", dest=name, metavar="V", help=_help(schema))
    parser.add_argument("--output_path", metavar="V", required=True, help="Folder for the results.")
    parser.add_argument("--progress", choices=("bar", "json"), default="bar", help="How progress is printed.")
    parser.add_argument(
        "--keep", metavar="V", help="Folder an interrupted run is taken up from, instead of its results'."
    )
    parser.add_argument("--dry_run", action="store_true", help="Check the inputs and estimate; compute nothing.")
    return parser


def describe_service(service: Service) -> dict[str, Any]:
    """Return a service's declaration as JSON-ready data: the source of REST, form and docs."""
    return {
        "id": service.id,
        "version": service.version,
        "title": service.title,
        "summary": service.summary,
        "command": service.command,
        "domain": service.domain,
        "resource": service.resource,
        "icon": service.icon,
        "parameters": {
            "type": "object",
            "additionalProperties": False,
            "required": [n for n, f in service.params.model_fields.items() if f.is_required()],
            "properties": {n: service.property_schema(n) for n in service.params.model_fields},
        },
        "flags": service.flags(),
        "outputs": [
            {"name": o.name, "title": o.title, "unit": o.unit, "dtype": o.dtype, "role": o.role, "optional": o.optional}
            for o in service.outputs
        ],
        "example": dict(service.example),
        "sources": list(service.sources),
        "citation": service.citation,
        "licence": service.licence,
        "limitations": list(service.limitations),
    }


def _values(arguments: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    given = {k: v for k, v in arguments.items() if v is not None and k != "params"}
    if not arguments["params"]:
        return given, {}
    document = _read(Path(arguments["params"]))
    parameters, identity = document.get("parameters", document), document.get("identity", {})
    if not isinstance(parameters, dict) or not isinstance(identity, dict):
        raise InvalidParameters(f"{arguments['params']} holds no parameters.", hint=PARAMETERS_HINT)
    return {**parameters, **given}, identity if "parameters" in document else {}


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text())
    except OSError as error:
        raise InvalidParameters(f"{path} cannot be read: {error.strerror}.", hint=PARAMETERS_HINT) from None
    except (ValueError, RecursionError) as error:
        raise InvalidParameters(f"{path} is not JSON: {error}.", hint=PARAMETERS_HINT) from None
    if not isinstance(document, dict):
        raise InvalidParameters(f"{path} holds no parameters.", hint=PARAMETERS_HINT)
    return document


def _refuse(service: Service, strange: Sequence[str]) -> None:
    """Name what was typed and is no option."""
    fields = tuple(unknown_option(service, s.partition("=")[0]) for s in strange if s.startswith("-"))
    if strange:
        words = " ".join(f.message for f in fields) or f"Not understood: {' '.join(strange)}."
        raise InvalidParameters(words, hint=f"All of them: `{service.command} --help`.", fields=fields)


def _preflight(service: Service, values: dict[str, Any]) -> int:
    from services.core.preflight import check

    answer = check(service, validate(service, values))
    print(json.dumps(answer, indent=2))
    return 0 if answer["valid"] else 3


def _help(schema: dict[str, Any]) -> str:
    unit = schema.get("x-unit")
    choices = schema.get("enum")
    parts = [schema.get("description", "")]
    if choices:
        parts.append(f"One of {', '.join(str(c) for c in choices)}.")
    if unit and unit != "1":
        parts.append(f"Unit: {unit}.")
    if schema.get("default") is not None:
        parts.append(f"Default: {schema['default']}.")
    return " ".join(p for p in parts if p).replace("%", "%%")


def _print_list() -> None:
    for service in all_services().values():
        print(f"{service.id:24} {service.command:22} {service.title}")


def _print_json(progress: Progress) -> None:
    print(progress_line(progress), flush=True)


def print_bar(progress: Progress) -> None:
    """Print progress for people, on stderr."""
    left = f", about {progress.eta_s:.0f} s left" if progress.eta_s else ""
    print(f"{progress.fraction:4.0%} {progress.stage}{left}", file=sys.stderr, flush=True)


def _print_point(point: Mapping[str, float]) -> None:
    print(curve_line(point), flush=True)


def print_epoch(point: Mapping[str, float]) -> None:
    """Print a point of a training curve for people, on stderr."""
    words = (f"{name} {value:.4g}" for name, value in point.items())
    print(f"     {', '.join(words)}", file=sys.stderr, flush=True)


def _fail(error: ServiceError, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"event": "error", **error.as_dict()}), flush=True)
    print(f"{error.message} {error.hint}".strip(), file=sys.stderr)
    return error.exit_status
