"""A Telegram userbot (your own account) with Telethon. See README.md."""

import asyncio
import os
import signal
import sys
import time

import telethon
from telethon import TelegramClient, errors, events, functions

import quiet
from answers import COMMANDS, Answers
from botswain_report import Reporter
from console import Console

BEAT = 20  # seconds between two signs of life


class Refused(Exception):
    """Something that only a person can put right; its text is for them."""


def setting(name):
    value = os.environ.get(name, "").strip()
    if not value:
        raise Refused(f"There is no {name}: enter it as a secret of this bot (README.md says where to get it).")
    return value


def client_of():
    """The client by the environment. The session file is like a password: nobody else may read it."""
    os.umask(0o077)
    try:
        number = int(setting("API_ID"))
    except ValueError:
        raise Refused("API_ID must be a number: see my.telegram.org.") from None
    name = os.environ.get("SESSION_NAME", "").strip() or "userbot"
    if os.path.basename(name) != name:
        raise Refused("SESSION_NAME must be a plain name: it becomes a file beside main.py.")
    client = TelegramClient(
        name, number, setting("API_HASH"), connection_retries=None, retry_delay=3,
        device_model="Botswain example", app_version="1",
    )
    return client


async def log_in(client, log):
    """Logs in, unless the session file knows the account already."""
    console = None

    async def code():
        nonlocal console
        console = console or Console()
        return await console.ask("Telegram has sent you a login code: type it into the console line below.")

    def password():
        value = os.environ.get("PASSWORD", "")
        if not value:
            raise Refused("The account has two-step verification: enter its password as the secret PASSWORD of this bot.")
        return value

    await client.connect()
    if not await client.is_user_authorized():
        log.info("Not logged in yet; asking Telegram for a login code.")
    await client.start(phone=lambda: setting("PHONE"), code_callback=code, password=password)


async def serve(client, log, report, answers):
    me = await client.get_me()

    @client.on(events.NewMessage())
    async def heard(event):
        answers.messages += 1
        report.count("messages")
        # Only you command it: what you write anywhere, or in your Saved messages.
        if not event.out and event.sender_id != me.id:
            return
        command = answers.parse(event.raw_text or "")
        if command is not None:
            report.count("commands")
            await event.reply(answers.answer(*command))

    log.info("Ready as %s.", me.username or me.first_name or "your account")
    report.gauge("commands", len(COMMANDS))
    report.ready()
    while True:
        began = time.monotonic()
        try:
            await asyncio.wait_for(client(functions.help.GetNearestDcRequest()), BEAT)
            answers.ping_ms = (time.monotonic() - began) * 1000
            report.gauge("ping_ms", answers.ping_ms)
            report.beat()
        except (asyncio.TimeoutError, ConnectionError, errors.RPCError) as e:
            log.warning("Telegram does not answer: %s", e or type(e).__name__)
        await asyncio.sleep(BEAT)


async def live(log, report):
    """Runs until SIGTERM or Ctrl-C."""
    client = client_of()
    answers = Answers(os.environ.get("PREFIX", "").strip() or ".", f"Telethon {telethon.__version__}")

    async def work():
        await log_in(client, log)
        serving = asyncio.ensure_future(serve(client, log, report, answers))
        gone = asyncio.ensure_future(client.disconnected)
        try:
            await asyncio.wait({serving, gone}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                serving.result()
            raise Refused("Telegram has closed the connection for good; perhaps the session was ended on another device.")
        finally:
            serving.cancel()

    working = asyncio.ensure_future(work())
    stopped = []
    for sig in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sig, lambda: (stopped.append(1), working.cancel()))
    try:
        await working
    except asyncio.CancelledError:
        if not stopped:
            raise
        log.info("Stopping.")
    finally:
        await client.disconnect()


def main():
    log = quiet.set_up(os.environ.get("API_HASH", "").strip())
    report = Reporter()
    try:
        asyncio.run(live(log, report))
    except Refused as e:
        log.error("%s", e)
        return 1
    except errors.AuthKeyError as e:
        log.error("The session file does not fit the account any more (%s). Delete it and log in anew.", type(e).__name__)
        return 1
    except errors.RPCError as e:
        log.error("Telegram refuses: %s", e)
        return 1
    except (OSError, RuntimeError) as e:
        log.error("The userbot has failed: %s", e)
        return 1
    finally:
        report.close()
    log.info("Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
