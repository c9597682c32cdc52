"""The user model."""

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A person who signs in to the admin. Shoppers have no accounts.

    People sign in by user name. The email address identifies nobody, so two may share a mailbox.
    """
