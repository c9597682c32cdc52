"""URLs under ``/sandbox/``. Pages end with a slash, the control API does not."""

from django.urls import path

from . import pages, product_views, views

urlpatterns = [
    path("healthz", views.sandbox_health),
    path("", pages.store_list_page, name="index"),
    path("sandbox.css", pages.serve_asset, {"name": "sandbox.css"}, name="css"),
    path("return.js", pages.serve_asset, {"name": "return.js"}, name="return-script"),
    path("no-picture.svg", pages.serve_asset, {"name": "no-picture.svg"}),
    path("pictures/<int:number>.jpg", pages.serve_sample_picture),
    path("stores/<slug:name>", views.ControlStoreView.as_view()),
    path("stores/<slug:name>/", pages.store_page, name="store-page"),
    path("stores/<slug:name>/settings/", pages.save_settings_page, name="store-settings"),
    path("stores/<slug:name>/methods/", pages.save_payment_methods_page, name="store-methods"),
    path("stores/<slug:name>/orders/<str:number>/settle/", pages.settle_order_page, name="settle-order"),
    path("stores/<slug:name>/clock/", pages.advance_clock_page, name="store-clock"),
    path("stores/<slug:name>/products/<int:product_id>", product_views.ControlProductView.as_view()),
    path("stores/<slug:name>/requests", views.ControlRequestLogView.as_view()),
    path("stores/<slug:name>/switches", views.ControlSwitchesView.as_view()),
    path("stores/<slug:name>/charges", views.ControlChargeListView.as_view()),
    path("stores/<slug:name>/carts", views.ControlCartListView.as_view()),
    path("stores/<slug:name>/orders", views.ControlOrderListView.as_view()),
    path("stores/<slug:name>/payments", views.ControlPaymentListView.as_view()),
    path("stores/<slug:name>/payments/<str:token>", views.ControlPaymentActionView.as_view()),
    path("stores/<slug:name>/orders/<str:number>/edit", views.ControlOrderEditView.as_view()),
    path("stores/<slug:name>/clock", views.ControlClockView.as_view()),
    path("stores/<slug:name>/subscriptions", views.ControlSubscriptionListView.as_view()),
    path("stores/<slug:name>/deliveries", views.ControlDeliveryListView.as_view()),
]
