/** as a URL writes it; what needs a name server to lead here does not count */
export function isThisMachine(hostname: string): boolean {
  return ['127.0.0.1', '[::1]', 'localhost'].includes(hostname)
}
