from django.urls import path

from . import order_views, pages, views

urlpatterns = [
    path("healthz", views.healthz),
    path("", pages.index, name="index"),
    path("sandbox.css", pages.asset, {"name": "sandbox.css"}, name="css"),
    path("return.js", pages.asset, {"name": "return.js"}, name="return-script"),
    path("no-picture.svg", pages.asset, {"name": "no-picture.svg"}),
    path("stores/<slug:name>", views.StoreView.as_view()),
    path("stores/<slug:name>/", pages.store_page, name="store-page"),
    path("stores/<slug:name>/clock/", pages.move_clock, name="store-clock"),
    path("stores/<slug:name>/requests", views.Requests.as_view()),
    path("stores/<slug:name>/switches", views.Switches.as_view()),
    path("stores/<slug:name>/charges", views.Charges.as_view()),
    path("stores/<slug:name>/orders", views.Orders.as_view()),
    path("stores/<slug:name>/payments", views.Payments.as_view()),
    path("stores/<slug:name>/payments/<str:token>", views.PaymentAction.as_view()),
    path("stores/<slug:name>/orders/<str:number>/edit", order_views.Edit.as_view()),
    path("stores/<slug:name>/clock", order_views.Clock.as_view()),
    path("stores/<slug:name>/subscriptions", order_views.Subscriptions.as_view()),
    path("stores/<slug:name>/deliveries", order_views.Deliveries.as_view()),
]
