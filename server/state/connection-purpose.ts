/** what a credential is sealed for: moved to another buyer's row it does not open */
export function connectionPurpose(row: {
  readonly buyer_id: string
  readonly provider: string
  readonly account: string
}): string {
  return `connection/${row.buyer_id}/${row.provider}/${row.account}`
}
