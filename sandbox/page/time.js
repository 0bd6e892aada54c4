// Times as the people of the county read them. The county lies in China, wherever the browser is:
// the bot's own sentences name Chinese times, and the bubbles must agree with them.

import { currentLanguage, say } from "./words.js";

const ZONE = "Asia/Shanghai";
const clockFormat = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const keyFormat = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit" });

const locale = () => (currentLanguage() === "zh" ? "zh-CN" : "en-GB");
const asDate = (seconds) => new Date(seconds * 1000);

export function clock(seconds) {
  return clockFormat.format(asDate(seconds));
}

/** Something equal for two moments of one day, different otherwise. */
export function dayKey(seconds) {
  return keyFormat.format(asDate(seconds));
}

export function dayLabel(seconds) {
  const now = Date.now() / 1000;
  if (dayKey(seconds) === dayKey(now)) return say("today");
  if (dayKey(seconds) === dayKey(now - 86400)) return say("yesterday");
  const sameYear = dayKey(seconds).slice(0, 4) === dayKey(now).slice(0, 4);
  const parts = { timeZone: ZONE, month: "long", day: "numeric", weekday: "short" };
  return new Intl.DateTimeFormat(locale(), sameYear ? parts : { ...parts, year: "numeric" }).format(asDate(seconds));
}

/** For a list: the clock today, the date otherwise. */
export function shortWhen(seconds) {
  if (dayKey(seconds) === dayKey(Date.now() / 1000)) return clock(seconds);
  return new Intl.DateTimeFormat(locale(), { timeZone: ZONE, month: "numeric", day: "numeric" }).format(asDate(seconds));
}

export function fullWhen(seconds) {
  return `${dayKey(seconds)} ${clock(seconds)}`;
}

export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
