"""What a user may see, and how it is found."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.gis.geos import GEOSGeometry
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet, Sum
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_naive, make_aware

from apps.catalog.errors import InvalidFilter
from apps.catalog.models import AreaOfInterest, Asset, Result, Scene, Upload, UploadState, VectorFile
from eo.errors import EoError
from eo.io.aoi import bbox_area, parse_area
from services.core.errors import FieldError

if TYPE_CHECKING:
    from eo.sar.baseline import Baseline

MOST_PAIRS = 200
_FILLING: list[type[Model]] = [Scene, VectorFile, Result]


def count_towards_quota(rows: type[Model]) -> None:
    """Have rows (with `owner` and `size_bytes`) of an app above this one fill the space of their owners."""
    _FILLING.append(rows)


def visible_scenes(user: Any) -> QuerySet[Scene]:
    """Return the scenes of everybody and the user's own."""
    return Scene.objects.filter(Q(owner=None) | Q(owner=user))


def visible_results(user: Any) -> QuerySet[Result]:
    """Return the user's results, newest first."""
    return Result.objects.filter(owner=user).order_by("-created")


def visible_vectors(user: Any) -> QuerySet[VectorFile]:
    """Return the user's vector files."""
    return VectorFile.objects.filter(owner=user)


def visible_areas(user: Any) -> QuerySet[AreaOfInterest]:
    """Return the areas that the user keeps."""
    return AreaOfInterest.objects.filter(owner=user)


def visible_uploads(user: Any) -> QuerySet[Upload]:
    """Return the user's uploads."""
    return Upload.objects.filter(owner=user)


def result_asset(user: Any, result_id: Any, file: str) -> Asset | None:
    """Return the asset of a user's result that bears a file name."""
    return Asset.objects.filter(result__owner=user, result_id=result_id, file=file).select_related("result").first()


def bytes_used(user: Any) -> int:
    """Return what the user's scenes, vector files, results, trained networks and unfinished uploads fill."""
    arriving = Upload.objects.filter(owner=user, state__in=(UploadState.RECEIVING, UploadState.CHECKING))
    kept = [rows._default_manager.filter(owner=user).aggregate(n=Sum("size_bytes")) for rows in _FILLING]
    return sum(int(part["n"] or 0) for part in (*kept, arriving.aggregate(n=Sum("size"))))


def find_scenes(user: Any, wanted: Mapping[str, str]) -> QuerySet[Scene]:
    """Return the visible scenes that match, newest first.

    Args:
        wanted: any of aoi (id of a kept area), intersects (WKT or GeoJSON), bbox (west,south,east,north), from, to
            (dates or times, UTC; `to` as a date includes the day), cloud_max (percent), product_type, tile, q (part of
            the name), ids (commas between). Empty values do not count.

    Raises:
        InvalidFilter: a value that cannot be read, named.
    """
    scenes = visible_scenes(user)
    if area := _area(user, wanted):
        scenes = scenes.filter(footprint__intersects=area)
    if wanted.get("from"):
        scenes = scenes.filter(datetime__gte=_moment("from", wanted["from"]))
    if wanted.get("to"):
        scenes = scenes.filter(datetime__lt=_end("to", wanted["to"]))
    if wanted.get("cloud_max"):
        limit = _number("cloud_max", wanted["cloud_max"])
        scenes = scenes.filter(Q(cloud_cover__lte=limit) | Q(cloud_cover=None))
    if wanted.get("product_type"):
        scenes = scenes.filter(product_type__in=wanted["product_type"].split(","))
    if wanted.get("relative_orbit"):
        scenes = scenes.filter(relative_orbit=int(_number("relative_orbit", wanted["relative_orbit"])))
    if wanted.get("ids"):
        scenes = scenes.filter(pk__in=[_id("ids", part) for part in wanted["ids"].split(",")])
    if wanted.get("tile"):
        scenes = scenes.filter(tile__iexact=wanted["tile"].removeprefix("T"))
    if wanted.get("q"):
        scenes = scenes.filter(name__icontains=wanted["q"])
    return scenes.order_by("-datetime", "name")


def pairs_of(scene: Scene, user: Any) -> "list[tuple[Scene, Baseline]]":
    """Return the visible scenes of the same track that overlap a radar scene, in the order of time, with baselines."""
    from eo.sar.baseline import baseline_of_tracks  # compiled kernels stay out of processes that never need them

    if scene.track is None:
        return []
    same = {"product_type": scene.product_type, "mode": scene.mode, "relative_orbit": scene.relative_orbit}
    others = visible_scenes(user).filter(**same, footprint__intersects=scene.footprint, track__isnull=False)
    found = others.exclude(pk=scene.pk).order_by("datetime")[:MOST_PAIRS]
    pairs = [(other, baseline_of_tracks(scene.track, other.track or {})) for other in found]
    return [(other, apart) for other, apart in pairs if abs(apart.perpendicular_m) < float("inf")]


def _area(user: Any, wanted: Mapping[str, str]) -> GEOSGeometry | None:
    try:
        if wanted.get("aoi"):
            return _kept_area(user, wanted["aoi"])
        if wanted.get("intersects"):
            return _geos(parse_area(wanted["intersects"]))
        if wanted.get("bbox"):
            numbers = [_number("bbox", part) for part in wanted["bbox"].split(",")]
            if len(numbers) != 4:
                raise _refusal("bbox", wanted["bbox"], "Give west,south,east,north in degrees.")
            return _geos(bbox_area(*numbers))
    except EoError as error:
        name = "intersects" if wanted.get("intersects") else "bbox"
        fields = (FieldError(name, f"{error.message} {error.hint}".strip()),)
        raise InvalidFilter(error.message, hint=error.hint, fields=fields) from None
    return None


def _geos(area: Any) -> GEOSGeometry:
    return GEOSGeometry(area.wkt, srid=4326)


def _kept_area(user: Any, identifier: str) -> GEOSGeometry:
    try:
        found = visible_areas(user).filter(pk=identifier).first()
    except ValidationError:
        found = None
    if found is None:
        raise _refusal("aoi", identifier, "Give the id of an area that you keep.")
    geometry: GEOSGeometry = found.geometry
    return geometry


def _moment(name: str, text: str) -> datetime:
    try:
        day = parse_date(text) if len(text) <= 10 else None
        moment = datetime(day.year, day.month, day.day) if day else parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise _refusal(name, text, "Give a date such as 2024-05-31, or a time such as 2024-05-31T10:00:00Z.")
    return make_aware(moment) if is_naive(moment) else moment


def _end(name: str, text: str) -> datetime:
    try:
        return _moment(name, text) + (timedelta(days=1) if len(text) <= 10 else timedelta(0))
    except OverflowError:  # the last day that there is
        return datetime.max.replace(tzinfo=UTC)


def _id(name: str, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise _refusal(name, text, "Give ids of scenes, commas between.") from None


def _number(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise _refusal(name, text, "Give numbers.") from None
    if not abs(number) < float("inf"):
        raise _refusal(name, text, "Give finite numbers.")
    return number


def _refusal(name: str, value: str, hint: str) -> InvalidFilter:
    message = f"{name} cannot be read: {value[:80]!r}."
    return InvalidFilter(message, hint=hint, fields=(FieldError(name, f"{message} {hint}"),))
