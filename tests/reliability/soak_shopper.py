"""The shoppers of the soak: browsers that buy, click twice, decline, leave, or accept an upsell."""

import html
import random
import re
import time
from concurrent.futures import ThreadPoolExecutor

import requests

from stores.models import Store

ADDRESS = {
    "name": "Ada Lovelace",
    "country": "US",
    "line1": "12 Main Street",
    "city": "Monsey",
    "state": "NY",
    "postal_code": "10952",
    "shipping": "standard",
}


class SoakShopper:
    """One visit of one browser, from the checkout page to its outcome."""

    def __init__(self, *, store: Store, variants: list[str], number: int, seed: int) -> None:
        self.store, self.number = store, number
        self.rng = random.Random(f"{seed} {number}")
        self.variant = self.rng.choice(variants)
        self.browser = requests.Session()
        # A server may close a kept-alive connection just as it is reused. Unlike browsers, requests fails.
        self.browser.headers["Connection"] = "close"

    def visit(self) -> str:
        """Return how the visit ended for the shopper."""
        try:
            return self.buy()
        except requests.RequestException as error:
            return f"no response: {type(error).__name__}"

    def buy(self) -> str:
        """Check out and pay. Return the outcome."""
        address = f"{self.store.origin}/checkout?variant={self.variant}"
        form = {"email": f"shopper{self.number}@example.com", **ADDRESS}
        if self.rng.random() < 0.3:
            address, form["code"] = f"{address}&code=WELCOME10", "WELCOME10"
        answers = self.place_order(address, form, times=2 if self.rng.random() < 0.1 else 1)
        if answers[0].request.method == "GET" and "/checkout/turn" not in answers[0].url:
            return f"checkout page {answers[0].status_code}"
        if any(answer.status_code >= 500 for answer in answers):
            return "server error"
        answer = answers[0]
        if answer.status_code == 409:
            return "sold out"
        if answer.status_code != 303:
            return "payment refused"
        if "/link/" not in answer.headers["Location"]:
            return self.see_outcome(answer.headers["Location"])
        return self.pay_at_link(answer.headers["Location"])

    def place_order(self, address: str, form: dict[str, str], *, times: int = 1) -> list[requests.Response]:
        """Press Pay `times` times. Return the answers, or the page if it doesn't open."""
        page = self.browser.get(address, timeout=60)
        if page.status_code != 200:
            return [page]
        answers = self.post(address, fill_in(form, page), times=times)
        if answers[0].status_code == 200:  # the address or the code changed the total: agree to it
            answers = self.post(address, fill_in(form, answers[0]), times=1)
        return answers

    def post(self, address: str, form: dict[str, str], *, times: int) -> list[requests.Response]:
        """Post the form `times` times at the same time."""
        headers = {"Origin": self.store.origin}

        def send(_number: int) -> requests.Response:
            return self.browser.post(address, form, headers=headers, allow_redirects=False, timeout=90)

        if times == 1:
            return [self.wait_in_line(send(0))]
        with ThreadPoolExecutor(times) as pool:
            answers = list(pool.map(send, range(times)))
        return [self.wait_in_line(answer) for answer in answers]

    def wait_in_line(self, answer: requests.Response) -> requests.Response:
        """Return the answer, or the one after it was this shopper's turn if many press Pay at once."""
        turn_page = answer.headers.get("Location", "")
        while turn_page.startswith("/checkout/turn"):
            answer = self.browser.get(self.store.origin + turn_page, allow_redirects=False, timeout=90)
            if "data-confirming" not in answer.text:
                break
            time.sleep(1)
        return answer

    def pay_at_link(self, address: str) -> str:
        """Pay, decline or leave at Link, and come back up to twice. Return the outcome."""
        action = self.rng.choices(["pay", "decline", "abandon"], [80, 10, 10])[0]
        answer = self.store.sandbox.pay(address, action)
        return_count = self.rng.choices([0, 1, 2], [15, 70, 15])[0]
        response = answer["response"]
        if action == "abandon" or not return_count or response is None:
            return "left after paying" if action == "pay" else "left without paying"
        for _ in range(return_count):
            back = requests.post(
                answer["return_url"],
                {"response": response},
                headers={"Origin": "null"},
                allow_redirects=False,
                timeout=60,
            )
            if back.status_code != 303:
                return f"error at the return: {back.status_code}"
        return self.see_outcome(back.headers["Location"])

    def see_outcome(self, path: str) -> str:
        """Open the payment page. Return what it shows."""
        page = self.browser.get(self.store.origin + path, allow_redirects=False, timeout=60)
        if page.status_code == 303:
            return self.answer_upsell(page.headers["Location"])
        if page.status_code != 200:
            return f"error after the return: {page.status_code}"
        page, _mark, query = path.partition("?")
        address = f"{self.store.origin}{page}/state?{query}"
        state = self.browser.get(address, timeout=60).json()["state"]
        return f"shown: {state}"

    def answer_upsell(self, path: str) -> str:
        """Follow to the page after the payment, and accept or decline the upsell it may show."""
        page = self.browser.get(self.store.origin + path, timeout=60)
        if page.status_code != 200:
            return f"error after the payment: {page.status_code}"
        answer_path = re.search(r'action="([^"]*/upsell/[^"]*/answer)"', page.text)
        if not answer_path:
            return "thank-you page"
        address = self.store.origin + answer_path[1].removeprefix(self.store.origin)
        choice = self.rng.choice(["yes", "yes", "no"])
        (answer,) = self.post(address, fill_in({"answer": choice}, page), times=1)
        return (
            f"error at the upsell: {answer.status_code}" if answer.status_code != 303 else f"upsell: {choice}"
        )


def fill_in(form: dict[str, str], page: requests.Response) -> dict[str, str]:
    """Return the form with the hidden fields of the page."""
    hidden = dict(form)
    for name in ("csrfmiddlewaretoken", "key", "shown"):
        found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
        hidden[name] = html.unescape(found[1]) if found else ""
    return hidden
