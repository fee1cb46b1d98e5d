import { carries, type Capability } from '../../../capabilities/index.ts'
import { guard, type Control } from './control.ts'

/** by the vocabulary's names of them */
const SECRETS = {
  payment_card: 'Payment card numbers',
  iban: 'Bank account numbers (IBAN)',
  private_key: 'Private keys of programs',
} as const

/** what must not stand in what it writes, where the request does not keep it out already */
export function refusalControls({ type, actions, body }: Capability): Control[] {
  const [action] = actions
  if (action === undefined || !carries(type, action, 'body')) return []
  return Object.entries(SECRETS)
    .filter(([preset]) => !body?.refuse?.includes(preset))
    .map(([preset, label]) =>
      guard({
        field: `refuse-${preset.replace('_', '-')}`,
        label,
        group: 'Never with',
        guarded: (whole) => ({
          ...whole,
          body: { ...whole.body, refuse: [...(whole.body?.refuse ?? []), preset] },
        }),
      }),
    )
}
