import { lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/**
 * A name that is somebody else's must not lead to what only this machine reaches: its own services, and the cloud's
 * metadata at a link-local address. The networks of the operator (10/8, fc00::/7 …) are for the operator to name.
 */
const forbidden = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
] as const) {
  forbidden.addSubnet(network, prefix, 'ipv4')
}
for (const [network, prefix] of [
  ['::', 128],
  ['::1', 128],
  ['fe80::', 10],
  ['ff00::', 8],
  // the metadata service of one large cloud has an address of its own here
  ['fd00:ec2::', 32],
] as const) {
  forbidden.addSubnet(network, prefix, 'ipv6')
}

/** an IPv4 address in IPv6 clothes (`::ffff:127.0.0.1`) is matched by the rules for IPv4 */
export function isForbiddenAddress(address: string): boolean {
  const family = isIP(address)
  return family === 0 || forbidden.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

export class ForbiddenAddressError extends Error {
  readonly code = 'forbidden_address'
  constructor() {
    super('the name leads to an address that only this machine reaches')
    this.name = 'ForbiddenAddressError'
  }
}

/** looks at the address that is connected to, at every connection: what was right at the start can point elsewhere since */
export function guardLookup(resolve: LookupFunction = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, options, (error, address, family) => {
      if (error) return callback(error, address, family)
      const addresses = Array.isArray(address) ? address.map((one) => one.address) : [address]
      if (addresses.some(isForbiddenAddress)) return callback(new ForbiddenAddressError(), [])
      callback(null, address, family)
    })
  }
}
