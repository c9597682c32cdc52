"""Those who act beside the shoppers of the soak: a failing NEXT, staff, and the merchant's product sync."""

import random
import threading
from collections import Counter
from decimal import Decimal

from django.db import connection

from catalog.missing_products import list_missing_products
from catalog.models import Product, Variant
from catalog.product_sync import sync_products
from nextcommerce.errors import NextApiError
from orders import refunds
from orders.models import Order
from orders.refunds import RefundInput, full_refund_input
from stores.errors import Problem
from stores.models import Store
from tests.reliability.soak_faults import FAULTS, NONSENSE
from tests.reliability.soak_processes import ShopProcesses


class SoakActor(threading.Thread):
    """Does `act` in a thread until `stop`, which raises what went wrong in it."""

    def __init__(self, *, store: Store, rng: random.Random) -> None:
        super().__init__(daemon=True)
        self.store, self.rng = store, rng
        self.stopped = threading.Event()
        self.error: Exception | None = None

    def act(self) -> None:
        raise NotImplementedError

    def run(self) -> None:
        try:
            self.act()
        except Exception as error:
            self.error = error
        finally:
            connection.close()

    def stop(self) -> None:
        self.stopped.set()
        self.join()
        if self.error is not None:
            raise self.error


class FaultInjector(SoakActor):
    """Plans faults and changes the sandbox's behavior at random, and kills a reconciler now and then."""

    def __init__(self, *, store: Store, processes: ShopProcesses, rng: random.Random) -> None:
        super().__init__(store=store, rng=rng)
        self.processes = processes
        self.planned: Counter[str] = Counter()

    def act(self) -> None:
        reconciler = self.processes.reconcile()
        self.processes.reconcile()
        while not self.stopped.wait(self.rng.uniform(0.1, 0.8)):
            pending = [fault for fault in self.store.sandbox.switches()["faults"] if fault["times"]]
            if len(pending) < 3:
                fault = self.rng.choice(FAULTS) | {"times": self.rng.randint(1, 3)}
                self.store.sandbox.switches(faults=[*pending, fault])
                self.planned[f"{fault['operation']} {fault['kind']} {fault['when']}"] += fault["times"]
            if self.rng.random() < 0.1:
                self.change_behavior()
            if self.rng.random() < 0.03:
                reconciler.kill()
                reconciler.wait()
                self.processes.running.remove(reconciler)
                reconciler = self.processes.reconcile()
                self.planned["reconciler kills"] += 1

    def change_behavior(self) -> None:
        """Choose at random how the sandbox returns shoppers and delivers webhooks."""
        pick = self.rng.choice
        self.store.sandbox.switches(
            return_mode=pick(["normal", "normal", "empty_though_charged", "malformed", "never"]),
            strip_tags=self.rng.random() < 0.2,
            webhooks={"mode": pick(["normal", "late", "double", "missing", "shuffled"]), "delay": 1},
            nonsense=(nonsense := pick([None, None, None, pick(NONSENSE)])),
        )
        self.planned["behavior changes"] += 1
        self.planned["nonsense"] += nonsense is not None

    def stop_faults(self) -> None:
        """Stop, turn every fault off, and don't count the ones that never happened."""
        self.stop()
        for fault in self.store.sandbox.switches()["faults"]:
            self.planned[f"{fault['operation']} {fault['kind']} {fault['when']}"] -= fault["times"]
        self.store.sandbox.switches(
            faults=[], return_mode="normal", strip_tags=False, webhooks={"mode": "normal"}, nonsense=None
        )


class StaffMember(SoakActor):
    """Refunds at random: an amount, one unit, shipping or everything."""

    def __init__(self, *, store: Store, rng: random.Random) -> None:
        super().__init__(store=store, rng=rng)
        self.outcomes: Counter[str] = Counter()

    def act(self) -> None:
        while not self.stopped.wait(self.rng.uniform(0.3, 1.5)):
            paid = Order.objects.filter(store=self.store, paid_at__isnull=False).select_related("store")
            order = paid.order_by("?").first()
            if order is not None:
                self.refund(order)

    def refund(self, order: Order) -> None:
        """Calculate a refund and confirm it, sometimes with two clicks."""
        what = self.rng.choice(["amount", "one", "shipping", "everything"])
        refund_input = {
            "amount": RefundInput(amount=Decimal("1.00")),
            "one": RefundInput(quantities={order.items.all()[0].pk: 1}),
            "shipping": RefundInput(shipping=True),
            "everything": full_refund_input(order),
        }[what]
        before = order.refunded_amount
        try:
            quote = refunds.fetch_refund_quote(order=order, refund_input=refund_input)
            for _ in range(self.rng.choice([1, 1, 2])):
                refunds.issue_refund(
                    order=order,
                    refund_input=refund_input,
                    expected=quote.amount,
                    refunded_before=before,
                    actor="kim",
                )
        except (Problem, NextApiError) as refused:
            self.outcomes[f"{what}: {type(refused).__name__}"] += 1
        else:
            self.outcomes[f"{what}: refunded"] += 1


class ProductSyncer(SoakActor):
    """Syncs the products again and again, from lists that may be empty or short."""

    def __init__(self, *, store: Store, rng: random.Random) -> None:
        super().__init__(store=store, rng=rng)
        self.outcomes: Counter[str] = Counter()

    def act(self) -> None:
        while not self.stopped.wait(self.rng.uniform(1, 4)):
            self.sync(restart=self.rng.random() < 0.1)

    def sync(self, *, restart: bool) -> None:
        """Sync all products once. Count what it hid, and what it left for staff to decide."""
        try:
            summary = sync_products(store=self.store, restart=restart)
        except NextApiError:
            self.outcomes["failed"] += 1
            return
        self.outcomes["finished"] += 1
        self.outcomes["held for staff"] += bool(summary.held)
        self.outcomes["hidden"] += summary.deactivated

    def find_what_is_off_sale(self) -> list[str]:
        """Sync once more, without faults. Return what isn't on sale, and what waits for staff.

        From the start: the last sync may have failed half-way, with stock from before.
        """
        self.sync(restart=True)
        hidden = [
            *Product.objects.filter(store=self.store, active=False),
            *Variant.objects.filter(product__store=self.store, active=False),
        ]
        waiting = list_missing_products(self.store).names
        return [f"{row}: not on sale" for row in hidden] + [f"{name}: waits for staff" for name in waiting]
