// A Discord bot with discord.js. See README.md.
import { Client, Events, GatewayIntentBits, Partials, Status, version } from "discord.js";

import { Answers, COMMANDS } from "./answers.mjs";
import { Reporter } from "./botswain-report.mjs";

const BEAT = 20_000; // milliseconds between two signs of life
const CLOSING = 6_000; // milliseconds that the farewell may take

const token = process.env.TOKEN?.trim() ?? "";
const api = process.env.BOTSWAIN_DISCORD_API_URL?.trim().replace(/\/+$/, "") || "https://discord.com/api";
const answers = new Answers(process.env.PREFIX?.trim() || "!", `discord.js ${version}`);
const report = new Reporter();
report.gauge("commands", Object.keys(COMMANDS).length);

const client = new Client({
  rest: { api },
  intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.DirectMessages, GatewayIntentBits.MessageContent],
  partials: [Partials.Channel], // direct messages come in channels that it doesn't know
  allowedMentions: { parse: [] },
});

// Libraries put tokens into addresses and errors.
function words(error) {
  const text = String(error?.message ?? error);
  return token ? text.replaceAll(token, "[token]") : text;
}

let ending = false;
async function end(code) {
  if (ending) return;
  ending = true;
  setTimeout(() => process.exit(code), CLOSING).unref();
  clearInterval(beating);
  try {
    await client.destroy();
    await report.close();
  } finally {
    console.log(code === 0 ? "INFO Stopped." : "INFO Ended after an error.");
    process.exit(code);
  }
}

function fail(text) {
  console.error(`ERROR ${text}`);
  void end(1);
}

function figures() {
  if (client.ws.ping >= 0) {
    answers.pingMs = client.ws.ping;
    report.gauge("ping_ms", client.ws.ping);
  }
  report.gauge("guilds", client.guilds.cache.size);
  report.gauge("users", client.guilds.cache.reduce((sum, guild) => sum + (guild.memberCount ?? 0), 0));
}

const beating = setInterval(() => {
  // Not while the gateway is away: then it hears nothing.
  if (client.ws.status !== Status.Ready) return;
  figures();
  report.beat();
}, BEAT);

client.once(Events.ClientReady, () => {
  console.log(`INFO Ready as ${client.user.tag} on ${client.guilds.cache.size} servers.`);
  figures();
  report.ready();
});

client.on(Events.MessageCreate, async (message) => {
  if (message.author.bot) return;
  answers.messages += 1;
  report.count("messages");
  const command = answers.parse(message.content);
  if (!command) return;
  report.count("commands");
  try {
    await message.channel.send(answers.answer(command));
  } catch (error) {
    console.error(`WARN The answer was not sent: ${words(error)}`);
  }
});

client.on(Events.Error, (error) => console.error(`ERROR ${words(error)}`));
client.on(Events.Warn, (text) => console.error(`WARN ${words(text)}`));
client.on(Events.ShardReconnecting, () => {
  if (!ending) console.error("WARN The gateway is away; connecting again.");
});
client.on(Events.ShardResume, () => console.log("INFO The gateway is back."));
// With these codes the library does not connect again, and would end without a word.
client.on(Events.ShardDisconnect, (event) => {
  if (ending) return;
  if (event.code === 4014) {
    fail("Disallowed intents (4014): switch on Message Content Intent at discord.com/developers, under Bot.");
  } else if (event.code === 4004) {
    fail("Discord refuses the TOKEN (4004): it is wrong or was reset. Take a new one at discord.com/developers.");
  } else {
    fail(`Discord has closed the connection for good, with code ${event.code}.`);
  }
});
client.on(Events.Invalidated, () => fail("Discord has ended the session for good."));

process.once("SIGTERM", () => void end(0));
process.once("SIGINT", () => void end(0));

if (!token) {
  fail("There is no TOKEN. discord.com/developers gives one; enter it as the secret TOKEN of this bot.");
} else {
  client.login(token).catch((error) => {
    if (error.code === "TokenInvalid" || error.status === 401) {
      fail("Discord refuses the TOKEN: it is wrong or was reset. Take a new one at discord.com/developers.");
    } else if (/disallowed intents/i.test(error.message)) {
      fail("Disallowed intents (4014): switch on Message Content Intent at discord.com/developers, under Bot.");
    } else {
      fail(`The login has failed: ${words(error)}`);
    }
  });
}
