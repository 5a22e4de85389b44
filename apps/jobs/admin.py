"""Jobs and workers for the administrator: to look at; jobs are changed through their verbs."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.jobs.errors import JobEnded
from apps.jobs.models import Job, Worker
from apps.jobs.states import cancel


@admin.register(Job)
class JobAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Every job; to cancel is the one thing that can be done here."""

    list_display = ["__str__", "owner", "service_id", "state", "stage", "attempt", "created", "finished", "worker"]
    list_filter = ["state", "service_id", "resource"]
    list_select_related = ["owner", "worker"]
    search_fields = ["id", "name", "owner__email"]
    date_hierarchy = "created"
    show_full_result_count = False
    actions = ["cancel_jobs"]

    def get_readonly_fields(self, request: HttpRequest, obj: Job | None = None) -> list[str]:
        """Nothing is typed into a job's row."""
        return [f.name for f in Job._meta.fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Jobs are submitted, not added."""
        return False

    @admin.action(description="Cancel the selected jobs")
    def cancel_jobs(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """Cancel those that have not ended."""
        for job in queryset:
            try:
                cancel(job)
            except JobEnded as error:
                self.message_user(request, f"{job}: {error.message}", messages.WARNING)


@admin.register(Worker)
class WorkerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The workers, as they registered themselves."""

    list_display = ["name", "queue", "resources", "slots", "cores", "memory_bytes", "gpu", "snap_version", "heartbeat"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Workers register themselves."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Worker | None = None) -> bool:
        """And describe themselves."""
        return False
