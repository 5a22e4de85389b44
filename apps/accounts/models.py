"""Users, the tokens of their programs, and invitations to become one."""

import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from knox.models import AbstractAuthToken

INVITATION_DAYS = 7


class UserManager(BaseUserManager["User"]):
    """Makes users by their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":
        """Make a user; without a password they cannot log in until they set one by mail."""
        user = self.model(email=email, **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> "User":
        """Make an administrator."""
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **extra})

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user who logs in with this address, in whatever case it is typed."""
        return self.get(email=(username or "").lower())


def default_quota_bytes() -> int:
    """Return the space a new user may fill."""
    return int(settings.USER_QUOTA_BYTES)


class User(AbstractUser):  # type: ignore[django-manager-missing]
    """Somebody with an account. The e-mail address, kept in lower case, is the login name."""

    username = None  # type: ignore[assignment]
    email = models.EmailField("e-mail address", unique=True)
    quota_bytes = models.BigIntegerField(
        default=default_quota_bytes, help_text="How much the user's scenes and results may fill, in bytes."
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()  # type: ignore[misc,assignment]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        """Keep one spelling of an address."""
        self.email = self.email.lower()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep one spelling of an address, by whatever way it comes."""
        self.email = self.email.lower()
        super().save(*args, **kwargs)


class Scope(models.TextChoices):
    """What a token may do."""

    READ = "read", "look at scenes, areas, jobs and results"
    SUBMIT = "submit", "upload, submit, change and delete"
    DOWNLOAD = "download", "download result files"


class ApiToken(AbstractAuthToken):  # type: ignore[misc]
    """A token for a program, stored as a hash only. A revoked one stays, so that its user can be told."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField(max_length=128, unique=True)
    name = models.CharField(max_length=100)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope.choices))
    last_used = models.DateTimeField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return f"{self.name} ({self.token_key}…)"

    @property
    def expired(self) -> bool:
        """Whether its time is over."""
        return self.expiry is not None and self.expiry <= timezone.now()


def invitation_end() -> datetime:
    """Return when an invitation made now runs out."""
    return timezone.now() + timedelta(days=INVITATION_DAYS)


class Invitation(models.Model):
    """An administrator's invitation to one e-mail address; good once, until it runs out."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("e-mail address")
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now, editable=False)
    expires = models.DateTimeField(default=invitation_end)
    accepted = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return self.email
