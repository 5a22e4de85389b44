"""The shapes that requests and answers of the API build upon."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses members that it does not know: a misspelt one must not be lost in silence."""

    def to_internal_value(self, data: Any) -> Any:
        """Check the names before the values."""
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, Mapping) else []
        if unknown:
            known = ", ".join(self.fields)
            raise serializers.ValidationError(
                {name: [f"There is no such member. There are: {known}."] for name in unknown}
            )
        return super().to_internal_value(data)


class PageQuery(StrictSerializer):
    """Which part of a list."""

    page = serializers.IntegerField(required=False, min_value=1)
    page_size = serializers.IntegerField(required=False, min_value=1)


def paged(shape: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """Return the shape of one page of a list, for the API's schema."""
    members: dict[str, serializers.Field[Any, Any, Any, Any]] = {
        "count": serializers.IntegerField(),
        "next": serializers.CharField(allow_null=True),
        "previous": serializers.CharField(allow_null=True),
        "results": shape(many=True),
    }
    return inline_serializer(f"PageOf{shape.__name__}", members)
