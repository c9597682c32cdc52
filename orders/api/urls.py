from django.urls import URLPattern, path

from orders.api import customers, invoices, one_subscription, orders, subscriptions

urlpatterns: list[URLPattern] = [
    path("orders", orders.Orders.as_view()),
    path("orders/<str:number>", orders.SingleOrder.as_view()),
    path("customers", customers.Customers.as_view()),
    path("customers/ephemeral_tokens", customers.EphemeralTokens.as_view()),
    path("customers/payment_methods", customers.PaymentMethods.as_view()),
    path("customers/<api_id:customer_id>", customers.SingleCustomer.as_view()),
    path("subscriptions", subscriptions.Subscriptions.as_view()),
    path("subscriptions/<api_id:subscription_id>", one_subscription.OneSubscription.as_view()),
    path("subscriptions/<api_id:subscription_id>/preview", one_subscription.Preview.as_view()),
    path("subscriptions/<api_id:subscription_id>/cancel", subscriptions.Cancel.as_view()),
    path("subscriptions/<api_id:subscription_id>/revoke-cancel", subscriptions.RevokeCancel.as_view()),
    path("subscriptions/<api_id:subscription_id>/pause", subscriptions.Pause.as_view()),
    path("subscriptions/<api_id:subscription_id>/resume", subscriptions.Resume.as_view()),
    path("invoices", invoices.Invoices.as_view()),
    path("invoices/<api_id:invoice_id>", invoices.OneInvoice.as_view()),
    path("invoices/<api_id:invoice_id>/pdf", invoices.InvoicePdf.as_view()),
    path("invoices/<api_id:invoice_id>/send", invoices.Send.as_view()),
    path("invoices/<api_id:invoice_id>/void", invoices.Void.as_view()),
]
