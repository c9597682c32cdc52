"""Routes of the API that need the checkout's payment intents."""

from django.urls import URLPattern, path

from checkout.api.invoice_payment_views import InvoicePaymentIntentView

urlpatterns: list[URLPattern] = [
    path("invoices/<api_id:invoice_id>/payment_intent", InvoicePaymentIntentView.as_view()),
]
