// What the bot answers, without anything of the platform: the place to begin with changes.

export const COMMANDS = {
  start: "say hello",
  help: "list the commands",
  status: "how the bot is doing",
  ping: "is it there?",
  echo: "repeat a text",
  info: "what it is made of",
};

/** Answers commands, and counts for status and for Botswain. */
export class Answers {
  messages = 0;
  commands = 0;
  pingMs; // undefined: not known yet
  #began = process.hrtime.bigint();

  constructor(prefix, library) {
    this.prefix = prefix;
    this.library = library;
  }

  /** Splits "!echo some text" into name and rest; undefined: it is no command of ours. */
  parse(text) {
    const [, word, rest] = /^(\S*)\s*([\s\S]*)$/.exec(text.trim());
    if (!word.startsWith(this.prefix)) return undefined;
    const name = word.slice(this.prefix.length).toLowerCase();
    return Object.hasOwn(COMMANDS, name) ? { name, rest: rest.trim() } : undefined;
  }

  /** The answer to a command, as plain text. */
  answer({ name, rest }) {
    this.commands += 1;
    switch (name) {
      case "start":
        return `Hello. ${this.prefix}help lists what I can do.`;
      case "help":
        return Object.entries(COMMANDS).map(([name, text]) => `${this.prefix}${name}: ${text}`).join("\n");
      case "status":
        return `Up for ${this.#uptime()}; ${this.messages} messages, ${this.commands} commands.`;
      case "ping":
        return this.pingMs === undefined ? "Pong." : `Pong: ${Math.round(this.pingMs)} ms to the platform.`;
      case "echo":
        return rest.slice(0, 1500) || `Give me a text: ${this.prefix}echo hello`;
      default:
        return `${this.library}, Node ${process.versions.node}. Botswain keeps me running.`;
    }
  }

  #uptime() {
    const all = Number((process.hrtime.bigint() - this.#began) / 1_000_000_000n);
    const [hours, minutes, seconds] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
    return hours ? `${hours} h ${minutes} min ${seconds} s` : `${minutes} min ${seconds} s`;
  }
}
