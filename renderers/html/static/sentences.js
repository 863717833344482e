// Values in words, as renderers/sentences.py says them; both are tested on the same rows.

const BLANK = "…";
const EARLIER = { prior: "kỳ trước", last_year: "cùng kỳ năm trước" };

/** A value in words: a number as printed, a date as 05/02/2026, a code by its label, a boolean as có or không. */
function shownValue(value, type, lists) {
  if (value === null) return BLANK;
  if (typeof value === "boolean") return value ? "có" : "không";
  if (typeof value === "bigint") return formatNumber(value, type);
  if (type.kind === "choice") return lists.get(type.list)?.get(value) ?? value;
  if (type.kind === "date") return printedDate(value);
  return value;
}

/** How one number differs from an earlier one, both scaled integers of the type. */
function changeWords(now, then, type, versus, measure) {
  const earlier = EARLIER[versus];
  if (typeof now !== "bigint" || typeof then !== "bigint") return `chưa có số liệu so với ${earlier}`;
  if (now === then) return `bằng ${earlier}`;
  const direction = now > then ? "tăng" : "giảm";
  const difference = now > then ? now - then : then - now;
  if (type.kind === "percent") {
    const points = { kind: "decimal", scale: Math.max(type.scale - 2, 0) };
    return `${direction} ${formatNumber(difference, points)} điểm phần trăm so với ${earlier}`;
  }
  if (then <= 0n) {
    const amount = `${formatNumber(difference, type)} ${measure}`.trimEnd();
    return `${direction} ${amount} so với ${earlier} (${then === 0n ? "không phát sinh" : formatNumber(then, type)})`;
  }
  const tenths = (2000n * difference + then) / (2n * then);
  if (tenths === 0n) return `${direction} dưới 0,1% so với ${earlier}`;
  return `${direction} ${formatNumber(tenths, { kind: "decimal", scale: 1 }).replace(/,0$/, "")}% so với ${earlier}`;
}

/** An ISO date as paper prints it: zeros only before days under 10 and months 1 and 2. */
function printedDate(iso) {
  const match = /^([0-9]+)-([0-9]+)-([0-9]+)$/.exec(iso);
  if (match === null) return iso;
  const [year, month, day] = match.slice(1).map(Number);
  return `${String(day).padStart(2, "0")}/${month < 3 ? `0${month}` : month}/${year}`;
}
