from django.urls import path

from . import orders, settings_views

urlpatterns = [
    path("orders/", orders.Orders.as_view()),
    path("orders/<str:number>/", orders.OrderDetail.as_view()),
    path("products/", settings_views.Products.as_view()),
    path("products/<int:product_id>/", settings_views.Product.as_view()),
    path("products/<int:product_id>/variants/", settings_views.Variants.as_view()),
    path("shipping-methods/", settings_views.ShippingMethods.as_view()),
    path("gateways/", settings_views.Gateways.as_view()),
    path("gateway-groups/", settings_views.GatewayGroups.as_view()),
    path("store/", settings_views.StoreDetail.as_view()),
]
