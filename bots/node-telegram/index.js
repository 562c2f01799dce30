// A Telegram bot with grammY. See README.md.
import { Bot, GrammyError, HttpError } from "grammy";

import { Answers, COMMANDS } from "./answers.mjs";
import { Reporter } from "./botswain-report.mjs";

const BEAT = 20_000; // milliseconds between two signs of life
const AGAIN = 3_000; // milliseconds before it asks again after a conflict
const CLOSING = 6_000; // milliseconds that the farewell may take
const MOST = 100_000; // users and groups that are counted

const token = process.env.TOKEN?.trim() ?? "";
const apiRoot = process.env.BOTSWAIN_TELEGRAM_API_URL?.trim().replace(/\/+$/, "") || "https://api.telegram.org";
// Telegram's commands begin with a slash; another PREFIX works beside it.
const answers = new Answers(process.env.PREFIX?.trim() || "/", "grammY");
const report = new Reporter();
report.gauge("commands", Object.keys(COMMANDS).length);

let bot; // undefined without a token
let ending = false;
let beating;

// Libraries put tokens into addresses and errors.
function words(error) {
  const text = error instanceof HttpError ? String(error.error?.message ?? error.message) : String(error?.message ?? error);
  return token ? text.replaceAll(token, "[token]") : text;
}

async function end(code) {
  if (ending) return;
  ending = true;
  setTimeout(() => process.exit(code), CLOSING).unref();
  clearInterval(beating);
  try {
    await bot?.stop();
    await report.close();
  } catch (error) {
    console.error(`WARN ${words(error)}`);
  } finally {
    console.log(code === 0 ? "INFO Stopped." : "INFO Ended after an error.");
    process.exit(code);
  }
}

function fail(text) {
  console.error(`ERROR ${text}`);
  void end(1);
}

// Whom the bot has met since it was started; who that was is not told anywhere.
const users = new Set();
const groups = new Set();

async function look() {
  const began = performance.now();
  try {
    await bot.api.getMe();
    answers.pingMs = performance.now() - began;
    report.gauge("ping_ms", answers.pingMs);
    report.gauge("users", users.size);
    report.gauge("guilds", groups.size);
    report.beat();
  } catch (error) {
    console.error(`WARN Telegram does not answer: ${words(error)}`);
  }
}

function begun() {
  console.log(`INFO Ready as @${bot.botInfo.username}.`);
  report.ready();
  if (beating) return; // it is back after a conflict
  beating = setInterval(look, BEAT);
  void look();
}

// poll asks for updates until the end. While another copy of the bot asks too, Telegram answers
// "conflict" (409) to one of them.
async function poll() {
  for (;;) {
    try {
      await bot.start({ onStart: begun });
      return;
    } catch (error) {
      if (ending) return;
      if (!(error instanceof GrammyError)) throw error;
      if (error.error_code !== 409) throw error;
      console.error(`ERROR ${words(error)}`);
      await new Promise((done) => setTimeout(done, AGAIN));
    }
  }
}

function handle(bot) {
  bot.on("message:text", async (context) => {
    if (users.size < MOST) users.add(context.from.id);
    if (context.chat.type !== "private" && groups.size < MOST) groups.add(context.chat.id);
    answers.messages += 1;
    report.count("messages");
    // In groups a command may name the bot: /ping@my_bot
    const command = answers.parse(context.message.text.replace(`@${context.me.username}`, ""));
    if (!command) return;
    report.count("commands");
    await context.reply(answers.answer(command));
  });
  bot.catch(({ error }) => console.error(`ERROR An update failed: ${words(error)}`));
}

async function main() {
  if (!token) {
    fail("There is no TOKEN. @BotFather gives one; enter it as the secret TOKEN of this bot.");
    return;
  }
  bot = new Bot(token, { client: { apiRoot } });
  handle(bot);
  try {
    await bot.init();
    await bot.api.setMyCommands(Object.entries(COMMANDS).map(([command, description]) => ({ command, description })));
    await poll();
  } catch (error) {
    if (ending) return;
    if (error instanceof GrammyError && [401, 404].includes(error.error_code)) {
      fail(`Telegram refuses the TOKEN (${error.error_code}): it is wrong or was revoked. @BotFather gives a new one.`);
    } else {
      fail(`The bot has failed: ${words(error)}`);
    }
  }
}

process.once("SIGTERM", () => void end(0));
process.once("SIGINT", () => void end(0));
await main();
