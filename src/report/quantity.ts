/** Nano units in one base unit: 1 core, 1 byte. Kubernetes keeps nothing smaller. */
const NANO = 1_000_000_000n;

/** Powers of two by suffix; the empty suffix and the powers of ten are in `DECIMAL_EXPONENT`. */
const BINARY_EXPONENT: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };
const DECIMAL_EXPONENT: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};

/** Sign, digits, digits after the point, suffix. Kubernetes takes `1.`, `.5` and even a lone `.` or `-` (zero). */
const SHAPE = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[+-]?\d*)$/;
const EXPONENT = /^[eE]([+-]?\d+)$/;

/** Longer texts are no quantity of a real cluster, and big numbers of hostile length cost time. */
const TEXT_LIMIT = 64;
/** 10^40 cores is nobody's cluster; Kubernetes would take more, at the price of numbers as long as the exponent says. */
const EXPONENT_LIMIT = 40;
/** Kubernetes caps quantities with a binary suffix at the largest int64, in base units. */
const BINARY_CAP_NANO = (2n ** 63n - 1n) * NANO;

/**
 * Parses a Kubernetes quantity (`"250m"`, `"3920Mi"`, `"1.5Gi"`, `"12e6"`) into an exact integer of nano units, or
 * returns `null` when it is none. The rules are those of `resource.ParseQuantity` in k8s.io/apimachinery: what is
 * finer than a nano unit is rounded away from zero, and binary quantities are capped at 2^63-1 base units.
 */
export function parseQuantity(text: string): bigint | null {
  const match = text.length === 0 || text.length > TEXT_LIMIT ? null : SHAPE.exec(text);
  if (match === null) return null;
  const [, sign, whole = "", fraction = "", suffix = ""] = match;
  if (whole + fraction === "" && !isZeroWithoutDigits(suffix)) return null;
  const digits = BigInt(`0${whole}${fraction}`);
  const magnitude = scaleToNano(digits, fraction.length, suffix);
  if (magnitude === null) return null;
  return sign === "-" ? -magnitude : magnitude;
}

/** A suffix alone (`Mi`, `-m`) is zero where ParseQuantity takes its short way, and no number where it takes the long one. */
function isZeroWithoutDigits(suffix: string): boolean {
  return suffix !== "Pi" && suffix !== "Ei" && (decimalExponent(suffix) ?? 0) >= -9;
}

/** `digits / 10^fractionDigits` times the suffix, in nano units rounded up; `null` for an unknown suffix. */
function scaleToNano(digits: bigint, fractionDigits: number, suffix: string): bigint | null {
  const binary = BINARY_EXPONENT[suffix];
  if (binary !== undefined) {
    const nano = divideUp((digits << binary) * NANO, 10n ** BigInt(fractionDigits));
    return nano > BINARY_CAP_NANO ? BINARY_CAP_NANO : nano;
  }
  const exponent = decimalExponent(suffix);
  if (exponent === null || Math.abs(exponent) > EXPONENT_LIMIT) return null;
  const shift = exponent - fractionDigits + 9;
  return shift >= 0 ? digits * 10n ** BigInt(shift) : divideUp(digits, 10n ** BigInt(-shift));
}

function decimalExponent(suffix: string): number | null {
  const known = DECIMAL_EXPONENT[suffix];
  if (known !== undefined) return known;
  const exponent = EXPONENT.exec(suffix)?.[1];
  return exponent === undefined ? null : Number(exponent);
}

function divideUp(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor;
}

/** Nano units as whole base units, rounded away from zero as `Quantity.Value()` does: bytes, pods. */
export function nanoToUnits(nano: bigint): number {
  return Number(nano < 0n ? -divideUp(-nano, NANO) : divideUp(nano, NANO));
}

/** Nano units as base units with their fraction: 3920 millicores are 3.92 cores. */
export function nanoToFraction(nano: bigint): number {
  return Number(nano / NANO) + Number(nano % NANO) / 1e9;
}
