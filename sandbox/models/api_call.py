from django.db import models

from .store import Store


class ApiCall(models.Model):
    """One call of the Admin API, as it came and as it was answered.

    ``at`` is when it arrived, by the world's clock. ``status`` 0: the connection was cut and nothing
    was sent.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="calls")
    at = models.DateTimeField()
    operation = models.CharField(max_length=64)
    method = models.CharField(max_length=8)
    path = models.TextField()
    query = models.JSONField(default=dict)
    status = models.PositiveIntegerField()
    body = models.JSONField(null=True)
    response = models.JSONField(null=True)
    ip = models.CharField(max_length=64)

    class Meta:
        ordering = ["id"]
