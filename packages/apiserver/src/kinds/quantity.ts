/** An amount of a resource, such as `1500m` or `16Gi`: `mantissa` times ten to the `exponent`, exactly. */
export interface Quantity {
  readonly mantissa: bigint
  readonly exponent: number
  /** The family of suffixes it was written in, which its canonical text keeps. */
  readonly form: 'binary' | 'decimal' | 'exponent'
}

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/
const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const smallestExponent = -9

/**
 * Reads a quantity; undefined when the text is none.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function parseQuantity(text: string): Quantity | undefined {
  const match = pattern.exec(text)
  if (match === null) return undefined
  const [, sign, whole = '', fraction = '', power, suffix = ''] = match
  if (whole === '' && fraction === '') return undefined
  const digits = BigInt(`${whole}${fraction}`) * (sign === '-' ? -1n : 1n)
  if (power !== undefined) {
    const exponent = Number(power.slice(1))
    return Math.abs(exponent) > 1000
      ? undefined
      : rounded({ mantissa: digits, exponent: exponent - fraction.length, form: 'exponent' })
  }
  const binary = binarySuffixes.indexOf(suffix)
  if (binary > 0)
    return rounded({ mantissa: digits * 1024n ** BigInt(binary), exponent: -fraction.length, form: 'binary' })
  const thousands = decimalSuffixes.indexOf(suffix) - decimalSuffixes.indexOf('')
  return rounded({ mantissa: digits, exponent: thousands * 3 - fraction.length, form: 'decimal' })
}

/** Nothing is finer than a billionth: what is left is rounded away from zero. */
function rounded(quantity: Quantity): Quantity {
  let { mantissa, exponent } = quantity
  if (mantissa === 0n) return { ...quantity, exponent: 0 }
  while (exponent < smallestExponent) {
    const rest = mantissa % 10n
    mantissa = mantissa / 10n + (rest > 0n ? 1n : rest < 0n ? -1n : 0n)
    exponent += 1
  }
  while (mantissa % 10n === 0n) {
    mantissa /= 10n
    exponent += 1
  }
  return { ...quantity, mantissa, exponent }
}

/** The text an API server gives back: the largest suffix that leaves a whole number. */
export function formatQuantity({ mantissa, exponent, form }: Quantity): string {
  if (mantissa === 0n) return '0'
  if (form === 'binary' && exponent >= 0) {
    const value = mantissa * 10n ** BigInt(exponent)
    if (value > -1024n && value < 1024n) return String(value)
    let [rest, index] = [value, 0]
    while (rest % 1024n === 0n && index < binarySuffixes.length - 1) {
      rest /= 1024n
      index += 1
    }
    return `${rest}${binarySuffixes[index]}`
  }
  const steps = Math.min(Math.floor(exponent / 3), 6)
  const number = mantissa * 10n ** BigInt(exponent - steps * 3)
  if (form === 'exponent') return steps === 0 ? String(number) : `${number}e${steps * 3}`
  return `${number}${decimalSuffixes[steps + 3]}`
}

/** -1, 0 or 1. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  const { mantissa } = addQuantities(a, { ...b, mantissa: -b.mantissa })
  return mantissa === 0n ? 0 : mantissa < 0n ? -1 : 1
}

export function addQuantities(a: Quantity, b: Quantity): Quantity {
  const exponent = Math.min(a.exponent, b.exponent)
  const scaled = (quantity: Quantity) => quantity.mantissa * 10n ** BigInt(quantity.exponent - exponent)
  return rounded({ mantissa: scaled(a) + scaled(b), exponent, form: a.form })
}
