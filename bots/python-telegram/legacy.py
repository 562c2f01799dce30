"""For python-telegram-bot 13, which Debian 12 has and which is built on threads."""

import signal
import threading
import time

import telegram
from telegram.ext import Filters, MessageHandler, Updater

from answers import COMMANDS
from seen import Seen


def run(token, api, answers, report, log, beat):
    """Runs until SIGTERM or Ctrl-C. A refused token is telegram.error.InvalidToken."""
    # Set up before anything is asked for: a bot that is told to stop while it starts stops too. The
    # library's own way, Updater.idle, listens only once everything runs.
    stop = threading.Event()
    for sig in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sig, lambda *_: stop.set())
    refused = []  # what Telegram said when the token was revoked while the bot ran

    def refuse(error):
        refused.append(error)
        stop.set()

    seen = Seen()
    updater = Updater(token, base_url=api + "/bot", base_file_url=api + "/file/bot")
    # The constructor has set that without asking; from here on a wrong token shows.
    name = updater.bot.get_me().username

    def heard(update, _):
        message = update.effective_message
        if message is None or not message.text:
            return
        user, chat = update.effective_user, update.effective_chat
        seen.add(user and user.id, chat.id, chat.type == "private")
        answers.messages += 1
        report.count("messages")
        # In groups a command may name the bot: /ping@my_bot
        command = answers.parse(message.text.replace("@" + name, "", 1))
        if command is not None:
            report.count("commands")
            message.reply_text(answers.answer(*command))

    def look(_):
        began = time.monotonic()
        try:
            updater.bot.get_me()
            answers.ping_ms = (time.monotonic() - began) * 1000
            report.gauge("ping_ms", answers.ping_ms)
        except (telegram.error.InvalidToken, telegram.error.Unauthorized) as e:
            refuse(e)
            return
        except telegram.error.TelegramError as e:
            log.warning("Telegram does not answer: %s", e)
        seen.tell(report)
        report.beat()

    def failed(update, context):
        # Without an update it is the asking for them that failed. With one, Unauthorized says only
        # that somebody has blocked the bot.
        if update is None and isinstance(context.error, telegram.error.Unauthorized):
            refuse(context.error)
        else:
            log.error("An update failed: %s", context.error)

    updater.dispatcher.add_handler(MessageHandler(Filters.text, heard))
    updater.dispatcher.add_error_handler(failed)
    updater.bot.set_my_commands(list(COMMANDS.items()))
    # It can't be interrupted while it asks, so it asks for less than the time to stop.
    updater.start_polling(timeout=4, read_latency=3, bootstrap_retries=-1)
    log.info("Ready as @%s.", name)
    report.ready()
    look(None)
    updater.job_queue.run_repeating(look, interval=beat)
    stop.wait()
    updater.stop()
    if refused:
        raise refused[0]
