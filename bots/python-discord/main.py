"""A Discord bot with discord.py. See README.md."""

import asyncio
import json
import math
import os
import signal
import sys
import urllib.error
import urllib.request

import discord
import yarl

import quiet
from answers import COMMANDS, Answers
from botswain_report import Reporter

BEAT = 20  # seconds between two signs of life
CLOSING = 6  # seconds that the farewell may take


class Bot(discord.Client):
    def __init__(self, answers, report, log):
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=True)
        discord.VoiceClient.warn_nacl = False  # it doesn't speak
        super().__init__(intents=intents, allowed_mentions=discord.AllowedMentions.none())
        self.answers, self.report, self.log = answers, report, log

    async def setup_hook(self):
        self.beating = asyncio.create_task(self.beat())

    async def on_ready(self):
        self.log.info("Ready as %s on %d servers.", self.user, len(self.guilds))
        self.figures()
        self.report.ready()

    async def on_message(self, message):
        if message.author.bot:
            return
        self.answers.messages += 1
        self.report.count("messages")
        command = self.answers.parse(message.content)
        if command is not None:
            self.report.count("commands")
            await message.channel.send(self.answers.answer(*command))

    async def on_error(self, event, *_):
        self.log.exception("%s failed", event)

    async def beat(self):
        await self.wait_until_ready()
        while not self.is_closed():
            # Not while the gateway is away: then it hears nothing.
            if not self.ws_is_away():
                self.figures()
                self.report.beat()
            await asyncio.sleep(BEAT)

    def ws_is_away(self):
        return self.ws is None or not self.ws.open

    def figures(self):
        if math.isfinite(self.latency) and self.latency >= 0:
            self.answers.ping_ms = self.latency * 1000
            self.report.gauge("ping_ms", self.answers.ping_ms)
        self.report.gauge("guilds", len(self.guilds))
        known = [g.member_count for g in self.guilds if g.member_count is not None]
        if known:
            self.report.gauge("users", sum(known))


def use(api):
    """Has the library talk to another address than Discord's own, the gateway's too."""
    discord.http.Route.BASE = api + "/v10"
    request = urllib.request.Request(api + "/v10/gateway", headers={"User-Agent": "DiscordBot (example, 1)"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        url = json.load(answer)["url"]
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)


async def serve(bot, token, log):
    """Runs until SIGTERM or Ctrl-C, and then says farewell to the gateway."""
    stop = asyncio.Event()
    for sig in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sig, stop.set)
    running = asyncio.ensure_future(bot.start(token))
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not stop.is_set():
        stopping.cancel()
        await bot.close()
        running.result()  # raises what ended it
        raise RuntimeError("the connection was closed for good")
    log.info("Stopping.")
    try:
        await asyncio.wait_for(bot.close(), CLOSING)
    except asyncio.TimeoutError:
        log.warning("Discord did not say farewell in time.")
    running.cancel()
    await asyncio.wait({running})


def main():
    token = os.environ.get("TOKEN", "").strip()
    log = quiet.set_up(token)
    if not token:
        log.error("There is no TOKEN. discord.com/developers gives one; enter it as the secret TOKEN of this bot.")
        return 1
    answers = Answers(os.environ.get("PREFIX", "").strip() or "!", f"discord.py {discord.__version__}")
    report = Reporter()
    report.gauge("commands", len(COMMANDS))
    try:
        api = os.environ.get("BOTSWAIN_DISCORD_API_URL", "").strip().rstrip("/")
        if api and api != "https://discord.com/api":
            use(api)
        asyncio.run(serve(Bot(answers, report, log), token, log))
    except discord.LoginFailure:
        log.error("Discord refuses the TOKEN: it is wrong or was reset. Take a new one at discord.com/developers.")
        return 1
    except discord.PrivilegedIntentsRequired:
        log.error("Disallowed intents: switch on Message Content Intent at discord.com/developers, under Bot.")
        return 1
    except discord.ConnectionClosed as e:
        log.error("Discord has closed the connection for good, with code %s.", e.code)
        return 1
    except (discord.DiscordException, OSError, RuntimeError, ValueError, KeyError) as e:
        log.error("The bot has failed: %s", e)
        return 1
    finally:
        report.close()
    log.info("Stopped.")
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # A thread of the library that still waits for the network must not hold the end up.
    os._exit(code)
