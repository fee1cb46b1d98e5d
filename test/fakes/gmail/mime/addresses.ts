/** every address in a header value, read as forgivingly as can be: anything that looks like one counts */
export function findAddresses(value: string): string[] {
  const found = value.match(/[^\s<>,;:"()[\]\\]+@[^\s<>,;:"()[\]\\]+/g) ?? []
  return found.map((address) => address.toLowerCase())
}
