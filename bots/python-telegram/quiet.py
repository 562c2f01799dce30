"""Keeps the token out of everything that is logged: libraries put it into addresses."""

import logging
import sys


def set_up(token):
    """Logs to the standard output, with the level first and without the token."""

    class Formatter(logging.Formatter):
        def format(self, record):
            text = super().format(record)
            return text.replace(token, "[token]") if token else text

    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(Formatter("%(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # Each of their lines would be one of many.
    for name in ("httpx", "httpcore", "apscheduler", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return logging.getLogger("bot")
