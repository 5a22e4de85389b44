"""Template tags of the pages: icons, sizes, durations."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.accounts.models import User
from apps.catalog import queries

register = template.Library()

SPRITE = "vendor/lucide/sprite.svg"


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """Return an icon of the vendored sprite; decorative, so hidden from screen readers."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        extra,
        static(SPRITE),
        name,
    )


@register.filter
def duration(seconds: float | None) -> str:
    """Return seconds in words: 8 s, 3 min 20 s, 2 h 5 min."""
    if seconds is None:
        return ""
    total = round(seconds)
    if total < 60:
        return f"{total} s"
    if total < 3600:
        minutes, rest = divmod(total, 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(total // 60, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


@register.filter
def percent(fraction: float | None) -> str:
    """Return a share of 1 as whole percent."""
    return "" if fraction is None else f"{round(100 * fraction)} %"


@register.filter
def took(job: Mapping[str, Any]) -> str:
    """Return how long a job document's run lasted, in words."""
    return duration((job["finished"] - job["started"]).total_seconds())


@register.filter
def bytes_used(user: User) -> int:
    """Return how much of the quota a user fills."""
    return queries.bytes_used(user)
