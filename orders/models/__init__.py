"""Models of the orders app."""

from .contact import Contact
from .contract_notice import ContractNotice
from .credit_note import CreditNote
from .customer import Customer
from .daily_figures import (
    DailyDiscounts,
    DailyFigures,
    DailyLinks,
    DailyProducts,
    DailySales,
    FigureChange,
    StoreFigures,
    SummedDay,
)
from .ephemeral_token import EphemeralToken
from .notification import Notification
from .order import Order
from .order_address import OrderAddress
from .order_adjustments import OrderDiscount, OrderTaxLine
from .order_consent import OrderConsent
from .order_event import OrderEvent
from .order_item import OrderItem
from .order_number import OrderNumber
from .order_tag import OrderTag
from .order_transaction import OrderTransaction
from .payment_request import PaymentRequest
from .price_difference import PriceDifference
from .refund import OrderRefund, RefundRequest
from .review import OrderReview
from .saved_view import SavedView
from .sent_email import SentEmail
from .shipment import Shipment, ShipmentItem, ShipmentTracking
from .sign_in import SignIn
from .stock_alert import StockAlert

__all__ = [
    "Contact",
    "ContractNotice",
    "CreditNote",
    "Customer",
    "DailyDiscounts",
    "DailyFigures",
    "DailyLinks",
    "DailyProducts",
    "DailySales",
    "EphemeralToken",
    "FigureChange",
    "Notification",
    "Order",
    "OrderAddress",
    "OrderConsent",
    "OrderDiscount",
    "OrderEvent",
    "OrderItem",
    "OrderNumber",
    "OrderRefund",
    "OrderReview",
    "OrderTag",
    "OrderTaxLine",
    "OrderTransaction",
    "PaymentRequest",
    "PriceDifference",
    "RefundRequest",
    "SavedView",
    "SentEmail",
    "Shipment",
    "ShipmentItem",
    "ShipmentTracking",
    "SignIn",
    "StockAlert",
    "StoreFigures",
    "SummedDay",
]
