/** a row of a card is for a person: what is longer is cut, and says so */
export function shorten(text: string, max = 200): string {
  const characters = Array.from(text.slice(0, max * 2))
  if (text.length <= max * 2 && characters.length <= max) return text
  return `${characters.slice(0, max).join('')}… (${text.length} characters in all)`
}
