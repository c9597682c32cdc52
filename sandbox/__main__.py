"""Run a sandbox NEXT Commerce store."""

import argparse
import os
import sys
import threading

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument(
        "--host", default="127.0.0.1", help="loopback address to listen on (default: %(default)s)"
    )
    parser.add_argument(
        "--port",
        type=int,
        default=8001,
        help="port to listen on; 0 takes any free port (default: %(default)s)",
    )
    parser.add_argument(
        "--db", default="sandbox.sqlite3", help="SQLite file, created if missing (default: %(default)s)"
    )
    parser.add_argument(
        "--until-stdin-closes",
        action="store_true",
        help="exit when standard input closes, that is, with the parent process",
    )
    parser.add_argument(
        "--products",
        type=int,
        default=0,
        metavar="N",
        help="also make a store “sample” with N products that have pictures, and print its address and token",
    )
    parser.add_argument("--quiet", action="store_true", help="do not log requests")
    options = parser.parse_args()
    if options.host not in LOOPBACK_HOSTS:
        parser.error(f"the control API has no password: --host must be one of {', '.join(LOOPBACK_HOSTS)}")
    return options


def exit_when_stdin_closes() -> None:
    sys.stdin.read()
    os._exit(0)


def run_sandbox() -> None:
    options = parse_arguments()
    os.environ["DJANGO_SETTINGS_MODULE"] = "sandbox.settings"
    os.environ["SANDBOX_DB"] = options.db
    if options.quiet:
        os.environ["SANDBOX_LOG"] = "WARNING"

    import django

    django.setup()

    from django.conf import settings
    from django.core.management import call_command

    from sandbox.models import Store
    from sandbox.server import bind_server
    from sandbox.webhook_delivery import WebhookDeliveryThread

    call_command("migrate", verbosity=0)
    Store.add_missing_switches()
    server = bind_server(host=options.host, port=options.port, quiet=options.quiet)
    settings.SANDBOX_URL = f"http://{options.host}:{server.server_port}"
    WebhookDeliveryThread().start()
    sys.stdout.write(f"Sandbox store ready at {settings.SANDBOX_URL}/\n")
    if options.products:
        store = Store.create_sample(products=options.products)
        sys.stdout.write(f"Admin API {settings.SANDBOX_URL}/api/admin/  token {store.token}\n")
    sys.stdout.flush()
    if options.until_stdin_closes:
        threading.Thread(target=exit_when_stdin_closes, daemon=True).start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    run_sandbox()
