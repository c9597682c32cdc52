from django.urls import URLPattern, path

from subscriptions.api import invoice_views, subscription_detail_views, subscription_views

urlpatterns: list[URLPattern] = [
    path("subscriptions", subscription_views.SubscriptionListView.as_view()),
    path(
        "subscriptions/<api_id:subscription_id>", subscription_detail_views.SubscriptionDetailView.as_view()
    ),
    path(
        "subscriptions/<api_id:subscription_id>/preview",
        subscription_detail_views.PreviewSubscriptionChangeView.as_view(),
    ),
    path(
        "subscriptions/<api_id:subscription_id>/cancel", subscription_views.CancelSubscriptionView.as_view()
    ),
    path(
        "subscriptions/<api_id:subscription_id>/revoke-cancel",
        subscription_views.RevokeCancellationView.as_view(),
    ),
    path("subscriptions/<api_id:subscription_id>/pause", subscription_views.PauseSubscriptionView.as_view()),
    path(
        "subscriptions/<api_id:subscription_id>/resume", subscription_views.ResumeSubscriptionView.as_view()
    ),
    path("invoices", invoice_views.InvoiceListView.as_view()),
    path("invoices/<api_id:invoice_id>", invoice_views.InvoiceDetailView.as_view()),
    path("invoices/<api_id:invoice_id>/pdf", invoice_views.InvoicePdfView.as_view()),
    path("invoices/<api_id:invoice_id>/send", invoice_views.SendInvoiceView.as_view()),
    path("invoices/<api_id:invoice_id>/void", invoice_views.VoidInvoiceView.as_view()),
]
