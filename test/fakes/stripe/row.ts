/** an object as it is kept; ids where Stripe has ids */
export type Row = Record<string, unknown> & { id: string; object: string }
