"""Bodies of requests: JSON that is read whole, or refused in words."""

from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

NO_TEXT = "JSON parse error - the character NUL is not text"


class JsonBody(JSONParser):
    """JSON in UTF-8 (RFC 8259) without what would break later: endless nesting, and NUL, which no database keeps."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return the document."""
        try:
            document = super().parse(stream, media_type, {**(parser_context or {}), "encoding": "utf-8"})
            if _has_nul(document):
                raise ParseError(NO_TEXT)
        except RecursionError:
            raise ParseError("JSON parse error - nested too deeply") from None
        return document


def _has_nul(document: Any) -> bool:
    if isinstance(document, str):
        return "\0" in document
    if isinstance(document, dict):
        return any(_has_nul(key) or _has_nul(value) for key, value in document.items())
    return isinstance(document, list) and any(map(_has_nul, document))
