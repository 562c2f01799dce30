"""For python-telegram-bot 20 and newer, which is built on asyncio."""

import asyncio
import signal
import time

import telegram
from telegram.ext import Application, MessageHandler, filters

from answers import COMMANDS
from seen import Seen


def run(token, api, answers, report, log, beat):
    """Runs until SIGTERM or Ctrl-C. A refused token is telegram.error.InvalidToken."""
    seen = Seen()
    refused = []  # what Telegram said when the token was revoked while the bot ran

    async def heard(update, _):
        message = update.effective_message
        if message is None or not message.text:
            return
        user, chat = update.effective_user, update.effective_chat
        seen.add(user and user.id, chat.id, chat.type == "private")
        answers.messages += 1
        report.count("messages")
        # In groups a command may name the bot: /ping@my_bot
        text = message.text.replace("@" + application.bot.username, "", 1)
        command = answers.parse(text)
        if command is not None:
            report.count("commands")
            await message.reply_text(answers.answer(*command))

    async def look():
        while True:
            began = time.monotonic()
            try:
                await application.bot.get_me()
                answers.ping_ms = (time.monotonic() - began) * 1000
                report.gauge("ping_ms", answers.ping_ms)
            except telegram.error.InvalidToken as e:
                # The library asks on for ever. This ends it as Botswain would.
                refused.append(e)
                signal.raise_signal(signal.SIGTERM)
                return
            except telegram.error.TelegramError as e:
                log.warning("Telegram does not answer: %s", e)
            seen.tell(report)
            report.beat()
            await asyncio.sleep(beat)

    looking = None

    async def begun(application):
        nonlocal looking
        await application.bot.set_my_commands(list(COMMANDS.items()))
        log.info("Ready as @%s.", application.bot.username)
        report.ready()
        looking = asyncio.create_task(look())

    async def ending(_):
        if looking is not None:
            looking.cancel()

    builder = Application.builder().token(token).base_url(api + "/bot").base_file_url(api + "/file/bot")
    application = builder.post_init(begun).post_stop(ending).build()
    application.add_handler(MessageHandler(filters.TEXT, heard))
    application.run_polling(bootstrap_retries=-1)
    if refused:
        raise refused[0]
