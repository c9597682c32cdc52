"""URLs of the shop pages about orders."""

from django.urls import URLPattern, path

from orders.views import (
    account,
    cancel_order,
    confirm_marketing,
    documents,
    order_status,
    stock_alerts,
    withdraw,
)

app_name = "orders"
urlpatterns: list[URLPattern] = [
    path("account", account.show_account, name="account"),
    path("account/leave", account.leave_account, name="leave-account"),
    path("account/enter/<str:token>", account.enter_account, name="enter-account"),
    path("orders/news/<str:token>", confirm_marketing.show_marketing_confirmation, name="confirm_marketing"),
    path("orders/<str:token>", order_status.show_order_status, name="status"),
    path("orders/<str:token>/thanks", order_status.show_thank_you, name="thanks"),
    path("orders/<str:token>/cancel", cancel_order.cancel_order, name="cancel-order"),
    path("orders/<str:token>/invoice.pdf", documents.show_invoice, name="invoice"),
    path("orders/<str:token>/credit-notes/<str:number>.pdf", documents.show_credit_note, name="credit-note"),
    path("orders/<str:token>/withdraw", withdraw.withdraw, name="withdraw-order"),
    path("alerts", stock_alerts.ask_for_alert, name="stock-alert"),
    path("alerts/<str:token>", stock_alerts.confirm_alert, name="confirm-alert"),
    path("emails/<str:token>/stop", stock_alerts.stop_contact_emails, name="stop-emails"),
    path("withdraw", withdraw.withdraw, name="withdraw"),
    path("withdraw/received/<str:token>", withdraw.show_receipt, name="withdrawal-received"),
]
