import type { Capability } from '../../../capabilities/index.ts'
import { ControlProblem, isAnswer, linesOf, type Control } from './control.ts'

/** by which labels mail is chosen */
export function labelsControl({ labels, actions }: Capability): Control {
  const initial = (labels ?? []).join('\n')
  return {
    field: 'labels',
    label: isAnswer(actions) ? 'Only to mail with these labels' : 'Only mail with these labels',
    help:
      initial === ''
        ? 'One label per line, as Gmail shows it; mail must have all of them. Empty: whatever its labels are.'
        : 'One label per line, as Gmail shows it; mail must have all of them. Add lines to narrow it further.',
    kind: { type: 'lines' },
    initial,
    tighten: (capability, answer) => ({ ...capability, labels: linesOf(answer) }),
  }
}

/** which labels it may change */
export function changesControl(
  { add = [], remove = [] }: Capability,
  field: 'add' | 'remove',
): Control | undefined {
  const [asked, others] = field === 'add' ? [add, remove] : [remove, add]
  if (asked.length === 0) return undefined
  return {
    field,
    label: field === 'add' ? 'Labels it may put on' : 'Labels it may take off',
    help: `One label per line. Remove lines to narrow it.${others.length > 0 ? ' Empty: none.' : ''}`,
    kind: { type: 'lines' },
    initial: asked.join('\n'),
    tighten(capability, answer) {
      const left = linesOf(answer)
      if (left.length + others.length === 0) throw new ControlProblem(noLabelLeft)
      return { ...capability, [field]: left }
    },
  }
}

const noLabelLeft = 'Leave at least one label, or untick the row.'

/**
 * What is wrong with the labels of the ticked rows, by the row or form field that it is wrong in: rows that are fine each on its
 * own may not fit together. Who may change the label by which mail is chosen chooses the mail himself.
 */
export function findLabelProblems(
  chosen: Iterable<readonly [row: { readonly id: string }, capability: Capability]>,
): Map<string, string> {
  const rows = [...chosen]
  const problems = new Map<string, string>()
  const changed = new Set(rows.flatMap(([, { add = [], remove = [] }]) => [...add, ...remove]))
  for (const [{ id }, { actions, labels = [], add = [], remove = [] }] of rows) {
    const both = labels.find((label) => changed.has(label))
    if (both !== undefined) problems.set(`${id}.labels`, isChangedElsewhere(both))
    if (actions.includes('labels.apply') && add.length + remove.length === 0)
      problems.set(id, noLabelLeft)
  }
  return problems
}

function isChangedElsewhere(label: string): string {
  return `“${label}” is a label that the agent may change (see “Change labels”): it would choose for itself which mail this is about. Use another label here, or remove it there.`
}
