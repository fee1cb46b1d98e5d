import { createRequire } from 'node:module'
import type Stripe from 'stripe'
import { stock } from './stripe-clients.ts'

/** its types declare a module `stripe`, which is the newest one's name here */
const require = createRequire(import.meta.url)

// imported before a suite, which then runs with the client as it was before its addresses could be set for files too
stock.Client = require('stripe-17') as typeof Stripe
