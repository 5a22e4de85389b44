"""Pages of lists."""

from rest_framework.pagination import PageNumberPagination


class CatalogPages(PageNumberPagination):
    """Pages of scenes and results."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
