"""A service in a process of its own, to be attacked: as served, and telling all in its log."""

import logging

from palisade.app import installed_service, make_app
from palisade.installation import Installation
from palisade.logs import LOGGED_TOGETHER, configure_logs
from palisade.serving import bound_socket, serve_here, url_of
from palisade.settings import read_settings


def main() -> None:
    """Serves what the environment names on a loopback address, and prints its URL."""
    configure_logs(level=logging.DEBUG, together=LOGGED_TOGETHER)
    settings = read_settings()
    place = Installation(settings, settings.database_url, None, settings.worker_url, None)
    listener = bound_socket("127.0.0.1", 0)
    app = make_app(installed_service(place))
    serve_here(app, listener, ready=lambda: print(url_of(listener), flush=True))


if __name__ == "__main__":
    main()
