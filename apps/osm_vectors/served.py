"""What is served, as of two seconds ago at most: for those outside of Django's requests who ask for it often."""

import time

from django.db import connection

from apps.osm_vectors.models import Dataset
from apps.osm_vectors.queries import live_dataset

FRESH_S = 2.0


class _Served:
    def __init__(self) -> None:
        self._until = 0.0
        self._dataset: Dataset | None = None

    def dataset(self) -> Dataset | None:
        if time.monotonic() > self._until:
            try:
                self._dataset = live_dataset()
            finally:
                connection.close()  # this thread is nobody's request, which would give it back
            self._until = time.monotonic() + FRESH_S
        return self._dataset

    def forget(self) -> None:
        self._until = 0.0


_served = _Served()
served_lately = _served.dataset
ask_again = _served.forget
