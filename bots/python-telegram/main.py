"""A Telegram bot with python-telegram-bot. See README.md."""

import os
import sys
import warnings

# Debian's python-telegram-bot warns of Debian's urllib3, which nobody here can change.
warnings.filterwarnings("ignore", module="telegram.utils.request")

import telegram  # noqa: E402

import quiet  # noqa: E402
from answers import COMMANDS, Answers  # noqa: E402
from botswain_report import Reporter  # noqa: E402

BEAT = 20  # seconds between two signs of life


def version():
    """The library's version, as a number for its first part."""
    return int(telegram.__version__.split(".", 1)[0])


def main():
    token = os.environ.get("TOKEN", "").strip()
    log = quiet.set_up(token)
    if not token:
        log.error("There is no TOKEN. @BotFather gives one; enter it as the secret TOKEN of this bot.")
        return 1
    # Telegram's commands begin with a slash; another PREFIX works beside it.
    answers = Answers(os.environ.get("PREFIX", "").strip() or "/", f"python-telegram-bot {telegram.__version__}")
    api = os.environ.get("BOTSWAIN_TELEGRAM_API_URL", "").strip().rstrip("/") or "https://api.telegram.org"
    report = Reporter()
    report.gauge("commands", len(COMMANDS))
    if version() >= 20:
        import modern as library
    else:
        import legacy as library
    try:
        library.run(token, api, answers, report, log, BEAT)
    except (telegram.error.InvalidToken, getattr(telegram.error, "Unauthorized", telegram.error.InvalidToken)):
        log.error("Telegram refuses the TOKEN: it is wrong or was revoked. @BotFather gives a new one.")
        return 1
    except telegram.error.TelegramError as e:
        log.error("Telegram: %s", e)
        return 1
    finally:
        report.close()
    log.info("Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
