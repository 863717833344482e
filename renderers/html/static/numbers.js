// Numbers as people here write them, to scaled integers (BigInt) and back: the rule of compiler/numbers.py, mirrored.
// Both are tested on the same rows. `type` is {kind, scale, …}; of a percent the scale is two more than is shown.

const DIGIT_LIMIT = 10n ** 15n;
const LONGEST = 64;
// What Python's \s and str.strip() take for white space; JavaScript's \s differs in a few control characters.
const SPACE = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const NUMBER = new RegExp(
  `^([-−]?)${SPACE}*([0-9]+|[1-9][0-9]{0,2}(?:\\.[0-9]{3})+|[1-9][0-9]{0,2}(?:[\\x20\\xa0\\u2009\\u202f][0-9]{3})+)` +
    `(?:,([0-9]+))?${SPACE}*(%?)$`,
);
const ENGLISH = new RegExp(`^([-−]?)${SPACE}*([0-9]{1,3}(?:,?[0-9]{3})*)(?:\\.([0-9]+))?${SPACE}*%?$`);
const NUMERIC = new RegExp(`^[-−]?(?:[0-9.,]|${SPACE})*[0-9](?:[0-9.,]|${SPACE})*%?$`);
const EDGES = new RegExp(`^${SPACE}+|${SPACE}+$`, "g");

/** The text without white space at its ends. */
function stripped(text) {
  return text.replace(EDGES, "");
}

/** Decimals a number of the type is written with. */
function writtenScale(type) {
  return type.kind === "percent" ? type.scale - 2 : type.scale;
}

/** A scaled integer as printed: 1.234.567,89, a percent as 95,50%. */
function formatNumber(value, type) {
  const sign = value < 0n ? "-" : "";
  return sign + positional(value < 0n ? -value : value, writtenScale(type), ".") + (type.kind === "percent" ? "%" : "");
}

/** A scaled integer as it is edited: no thousands, no needless decimals, no percent sign. */
function rawNumber(value, type) {
  const text = positional(value < 0n ? -value : value, writtenScale(type), "");
  const short = text.includes(",") ? text.replace(/,?0+$/, "") : text;
  return (value < 0n ? "-" : "") + short;
}

function positional(value, scale, separator) {
  const digits = value.toString().padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale).replace(/\B(?=([0-9]{3})+$)/g, separator);
  return scale ? `${whole},${digits.slice(digits.length - scale)}` : whole;
}

/** What a typed or pasted text stands for: {value} or {problem, values} as in compiler/findings.toml. */
function parseNumber(text, type) {
  const shown = stripped(text);
  const letters = [...shown];
  const found = letters.length <= LONGEST ? shown : letters.slice(0, LONGEST).join("") + "…";
  const plain = shown.replace(/[０-９，．－％]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0));
  const match = letters.length <= LONGEST ? NUMBER.exec(plain) : null;
  if (match === null) return notUnderstood(plain, found, letters.length);
  const [, minus, whole, decimals = "", percent] = match;
  if (percent && type.kind !== "percent") return { problem: "not_a_number", values: { found } };
  const scale = writtenScale(type);
  if (decimals.length > scale) return { problem: "too_many_decimals", values: { found, scale: String(scale) } };
  const value = BigInt(whole.replace(/[^0-9]/g, "") + decimals.padEnd(scale, "0"));
  if (value >= DIGIT_LIMIT) return { problem: "too_many_digits", values: { found } };
  return { value: minus ? -value : value };
}

/** A number as other countries write it is told how it is written here; anything else is no number. */
function notUnderstood(plain, found, length) {
  const english = length <= LONGEST ? ENGLISH.exec(plain) : null;
  if (english === null) {
    const numeric = length <= LONGEST && NUMERIC.test(plain);
    return numeric ? { problem: "unclear_number", values: { found, hint: "" } } : { problem: "not_a_number", values: { found } };
  }
  const [, minus, whole, decimals] = english;
  const grouped = positional(BigInt(whole.replace(/,/g, "")), 0, ".") + (decimals ? `,${decimals}` : "");
  return { problem: "unclear_number", values: { found, hint: ` → ${minus ? "-" : ""}${grouped}?` } };
}

/** A scaled integer as an exact JSON number: digits, with a point. */
function jsonNumber(value, type) {
  const text = positional(value < 0n ? -value : value, type.scale, "").replace(",", ".");
  return (value < 0n ? "-" : "") + (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
}

/** The scaled integer of a number read from JSON, or null where it doesn't fit a cell of the type. */
function scaledNumber(number, type) {
  if (!Number.isFinite(number)) return null;
  // The shortest decimal that stands for the number: exact for the 15 digits a cell may have.
  const [, minus, whole, decimals = "", exponent = "0"] = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:e([-+][0-9]+))?$/.exec(String(number));
  const shift = type.scale - decimals.length + Number(exponent);
  let digits = (whole + decimals).replace(/^0+(?=[0-9])/, "");
  if (shift > 400) return null;
  if (shift >= 0) digits += "0".repeat(shift);
  else {
    const padded = digits.padStart(1 - shift, "0");
    if (/[1-9]/.test(padded.slice(shift))) return null;
    digits = padded.slice(0, shift);
  }
  const value = BigInt(digits);
  if (value >= DIGIT_LIMIT) return null;
  return minus ? -value : value;
}
