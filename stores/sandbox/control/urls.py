from django.urls import path

from . import after, pages, views

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
    path("stores/<slug:name>/orders/<str:number>/edit", after.Edit.as_view()),
    path("stores/<slug:name>/clock", after.Clock.as_view()),
    path("stores/<slug:name>/subscriptions", after.Subscriptions.as_view()),
    path("stores/<slug:name>/deliveries", after.Deliveries.as_view()),
]
