import Stripe from 'stripe'

/** which release of Stripe's own client a suite runs with; one worker runs one test file */
export const stock: { Client: typeof Stripe } = { Client: Stripe }
