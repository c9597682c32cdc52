"""A payment link's questions: asked at checkout, checked, and kept on the order."""

import csv

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from checkout.privacy import erase_customer
from orders.csv_export import generate_orders_csv
from orders.models import Customer, Notification, Order
from orders.notifications import build_email
from tests.factories import make_link, make_order, make_store
from tests.payments.helpers import order_create_calls

QUESTIONS = [
    {"label": "Name on the cup", "kind": "text", "is_required": True},
    {"label": "How many guests?", "kind": "number"},
    {"label": "Pick-up", "kind": "choice", "choices": "Friday\nSaturday"},
    {"label": "Your birthday", "kind": "date"},
]


@pytest.fixture
def link(shop):
    link = make_link(shop.products.get(name="Desk lamp"))
    for position, question in enumerate(QUESTIONS):
        link.questions.create(position=position, **question)
    return link


@pytest.fixture
def fields(link):
    """The names of the questions' fields."""
    return [f"answer_{question.pk}" for question in link.questions.all()]


def test_answers_are_kept_on_the_order_and_not_sent_to_next(shop, link, fields, shopper):
    path = f"/checkout?link={link.pk}"
    page = shopper.get(path).text
    assert page.index("Name on the cup") < page.index("How many guests?") < page.index("Your birthday")
    typed = dict(zip(fields, [" Ada ", "2.50", "Saturday", "1990-12-10"], strict=True))

    assert shopper.check_out(path, **typed).status_code == 303

    order = Order.objects.get()
    assert order.answers == [
        {"question": "Name on the cup", "kind": "text", "answer": "Ada"},
        {"question": "How many guests?", "kind": "number", "answer": "2.50"},
        {"question": "Pick-up", "kind": "choice", "answer": "Saturday"},
        {"question": "Your birthday", "kind": "date", "answer": "1990-12-10"},
    ]
    assert "Saturday" not in str(order_create_calls(shop))


@pytest.mark.parametrize(
    ("position", "typed", "message"),
    [
        (0, "", "Please fill out this field."),
        (0, "x" * 201, "at most 200 characters"),
        (1, "two", "Enter a number."),
        (1, "NaN", "Enter a number."),
        (2, "Sunday", "Select a valid choice."),
        (3, "10.12.1990", "Enter a valid date."),
    ],
)
def test_invalid_answer_is_shown_at_its_question(shop, link, fields, shopper, position, typed, message):
    path = f"/checkout?link={link.pk}"

    page = shopper.check_out(path, **{fields[0]: "Ada", fields[position]: typed})

    assert page.status_code == 200
    assert f'id="id_{fields[position]}_error"' in page.text
    assert message in page.text
    assert not Order.objects.exists()


def test_blank_answers_are_left_out_and_another_link_asks_nothing(shop, link, fields, shopper):
    shopper.check_out(f"/checkout?link={link.pk}", **{fields[0]: "Ada"})
    assert [answer["question"] for answer in Order.objects.get().answers] == ["Name on the cup"]

    plain = make_link(link.product)
    page = shopper.get(f"/checkout?link={plain.pk}").text
    assert "answer_" not in page


def test_changed_answer_is_another_attempt_and_the_order_has_the_last(shop, link, fields, shopper):
    """S20: a double click is one attempt; a corrected form isn't a double click."""
    path = f"/checkout?link={link.pk}"
    for name in ("Ada", "Ada", "Grace"):
        shopper.get(path)
        shopper.check_out(path, **{fields[0]: name})

    order = Order.objects.get()
    assert order.answers[0]["answer"] == "Grace"
    assert order.payment_intents.count() == 2


def test_question_that_staff_reworded_meanwhile_is_asked_again(shop, link, fields, shopper):
    """An answer never stands under a question that wasn't asked."""
    path = f"/checkout?link={link.pk}"
    shopper.get(path)
    link.questions.filter(position=0).delete()
    link.questions.create(label="Name of the dog", is_required=True, position=0)

    page = shopper.check_out(path, **{fields[0]: "Ada"})

    assert page.status_code == 200
    assert "Name of the dog" in page.text
    assert not Order.objects.exists()


def test_questions_cost_the_checkout_one_query(shop, link, shopper):
    path = f"/checkout?link={link.pk}"
    shopper.get(path)

    with CaptureQueriesContext(connection) as queries:
        shopper.get(path)

    assert sum("catalog_linkquestion" in query["sql"] for query in queries) == 1


@pytest.fixture
def answered(db):
    answers = [
        {"question": "Name on the cup", "kind": "text", "answer": "<Ada>"},
        {"question": "Your birthday", "kind": "date", "answer": "1990-12-10"},
    ]
    return make_order(make_store(), answers=answers)


@pytest.mark.parametrize("page", ["change", "packing-slip"])
def test_staff_read_the_answers_on_the_order(answered, admin_client, page):
    text = admin_client.get(f"/admin/orders/order/{answered.pk}/{page}/").text

    assert "Name on the cup" in text
    assert "&lt;Ada&gt;" in text
    assert "Dec. 10, 1990" in text


def test_shopper_reads_the_answers_on_the_status_page(answered, client):
    text = client.get(answered.get_absolute_url()).text

    assert "&lt;Ada&gt;" in text


def test_confirmation_email_repeats_the_answers(answered):
    message = build_email(
        Notification.objects.create(order=answered, kind="confirmation", key="confirmation")
    )
    html = message.alternatives[0][0]

    assert "Name on the cup: <Ada>\nYour birthday: Dec. 10, 1990\n\n" in message.body
    assert "&lt;Ada&gt;" in html


def test_erasing_a_customer_erases_the_answers(shop, link, fields, shopper):
    shopper.check_out(f"/checkout?link={link.pk}", **{fields[0]: "Ada"})
    order = Order.objects.get()
    order.payment_intents.update(status="declined")
    customer = Customer.objects.create(store=shop, email=order.email)

    erase_customer(customer=customer, actor="owner")

    order.refresh_from_db()
    assert order.answers == []
    assert "Name on the cup" not in str(order.payment_intents.get().snapshot)


def test_export_has_the_answers_in_one_column(answered):
    lines = "".join(generate_orders_csv(Order.objects.all())).splitlines()

    (row,) = csv.DictReader(lines)
    assert row["answers"] == "Name on the cup: <Ada>; Your birthday: 1990-12-10"
