from django.urls import URLPattern, path

from subscriptions.api import invoice_views, subscription_detail_views, subscription_views

urlpatterns: list[URLPattern] = [
    path("subscriptions", subscription_views.Subscriptions.as_view()),
    path("subscriptions/<api_id:subscription_id>", subscription_detail_views.OneSubscription.as_view()),
    path("subscriptions/<api_id:subscription_id>/preview", subscription_detail_views.Preview.as_view()),
    path("subscriptions/<api_id:subscription_id>/cancel", subscription_views.Cancel.as_view()),
    path("subscriptions/<api_id:subscription_id>/revoke-cancel", subscription_views.RevokeCancel.as_view()),
    path("subscriptions/<api_id:subscription_id>/pause", subscription_views.Pause.as_view()),
    path("subscriptions/<api_id:subscription_id>/resume", subscription_views.Resume.as_view()),
    path("invoices", invoice_views.Invoices.as_view()),
    path("invoices/<api_id:invoice_id>", invoice_views.OneInvoice.as_view()),
    path("invoices/<api_id:invoice_id>/pdf", invoice_views.InvoicePdf.as_view()),
    path("invoices/<api_id:invoice_id>/send", invoice_views.Send.as_view()),
    path("invoices/<api_id:invoice_id>/void", invoice_views.Void.as_view()),
]
