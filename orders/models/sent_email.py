"""Emails as they were sent, for staff to read."""

from django.db import models

from .notification import Notification


class SentEmail(models.Model):
    """What a notification's email said when it was sent.

    The addresses of the shop's pages are cut, because each lets its holder act for the shopper.
    """

    notification = models.OneToOneField(
        Notification, models.CASCADE, primary_key=True, related_name="sent_email"
    )
    recipient = models.CharField(max_length=320)
    sender = models.CharField(max_length=500)
    subject = models.CharField(max_length=500)
    text = models.TextField()
    html = models.TextField()
    attachments = models.CharField(max_length=500, blank=True)  # file names

    class Meta:
        default_permissions = ()  # who may view the notification may read its email

    def __str__(self) -> str:
        return self.subject
