/** currencies whose minor unit is not the hundredth (Stripe's list of zero-decimal and three-decimal currencies) */
const DECIMALS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    'bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf'
      .split(' ')
      .map((currency) => [currency, 0]),
  ),
  ...Object.fromEntries('bhd jod kwd omr tnd'.split(' ').map((currency) => [currency, 3])),
}

/**
 * An amount in minor units as a buyer reads it; never rounded.
 *
 * @example
 * moneyWords(8000, 'usd') // '$80.00'
 * moneyWords(500, 'jpy') // '¥500'
 */
export function moneyWords(amount: number, currency: string): string {
  const decimals = moneyDecimals(currency)
  const whole = amount / 10 ** decimals
  if (!/^[a-z]{3}$/.test(currency)) return String(amount)
  return new Intl.NumberFormat('en-US', {
    style: 'currency',
    currency: currency.toUpperCase(),
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  })
    .format(whole)
    .replaceAll('\u00a0', ' ')
}

/** how many digits stand behind the decimal separator: what a minor unit is a part of */
export function moneyDecimals(currency: string): number {
  return DECIMALS[currency] ?? 2
}
