/** in the metadata of what a call makes: its derived key, by which it is found again */
export const CALL_MARK = 'remit_call'
