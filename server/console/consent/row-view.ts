import { describe } from '../../../capabilities/index.ts'
import { flag, html, type Html } from '../html.ts'
import type { Reader } from '../reader.ts'
import type { Control } from './control.ts'
import { controlsOf, fieldOf } from './controls.ts'
import type { Difference } from './difference.ts'
import type { ProposedRow } from './rows.ts'
import { answerTo, tighten, type Problems } from './tighten.ts'

type Entered = ReadonlyMap<string, string> | undefined

export interface RowContext {
  readonly entered: Entered
  readonly problems: Problems
  readonly reader: Reader
  /** undefined: this agent has nothing of the buyer's yet, so nothing is new in particular */
  readonly difference: Difference | undefined
  /** the row is of a grant that stands, and its questions go both ways */
  readonly change?: boolean
}

export function renderRow(row: ProposedRow, context: RowContext): Html {
  const { entered, problems, reader, difference, change = false } = context
  const controls = controlsOf(row.capability, reader)
  const touched = isRowTouched(row, context)
  const problem = problems.get(row.id)
  return html`<div class="card row ${row.risk}" role="group" aria-labelledby="${row.id}-title">
    <label class="row-title">
      <input
        type="checkbox"
        name="${row.id}"
        id="${row.id}"
        value="on"
        ${flag('checked', entered ? entered.get(row.id) === 'on' : true)}
      />
      <span id="${row.id}-title">${row.title}</span>
      ${difference && renderMark(difference)}
      ${row.risk === 'high' && html`<strong class="risk">Take care</strong>`}
    </label>
    <ul class="sentences">
      ${row.sentences.map(({ sentence, risk }) => html`<li class="${risk}">${sentence}</li>`)}
    </ul>
    ${difference && renderUntil(row, difference)}
    ${touched && !change && renderChosen(row, context)}
    ${problem && html`<p class="field-problem">${problem}</p>`}
    ${
      controls.length > 0 &&
      html`<details class="tighten" ${flag('open', problem !== undefined || (touched && !change))}>
        <summary>${change ? 'Change this' : 'Make this narrower'}</summary>
        <div class="controls">
          ${groupsOf(controls).map(([group, members]) => renderGroup(row, group, members, context))}
        </div>
      </details>`
    }
  </div>`
}

/** whether anything about the row is other than the request has it, or wrong */
export function isRowTouched(
  row: ProposedRow,
  { entered, problems, reader }: Pick<RowContext, 'entered' | 'problems' | 'reader'>,
): boolean {
  return controlsOf(row.capability, reader).some((control) =>
    isTouched(row, control, entered, problems),
  )
}

const MARKS: Readonly<Record<Difference['kind'], string>> = {
  before: 'As before',
  longer: 'As before, for longer',
  further: 'Goes further than before',
  new: 'New',
}

function renderMark({ kind }: Difference): Html {
  return html`<span class="mark ${kind}">${MARKS[kind]}</span>`
}

function renderUntil(row: ProposedRow, { kind, until }: Difference): Html | undefined {
  if (kind === 'before') return undefined
  return html`<div class="until">
    ${
      until.length > 0 &&
      html`<p>Until now you allowed:</p>
        <ul>
          ${until.map((sentence) => html`<li>${sentence}</li>`)}
        </ul>`
    }
    ${
      row.risk === 'high' &&
      (kind === 'new'
        ? html`<p>
            The agent could not do this until now, and it can do harm if somebody tricks the agent.
            Leave it ticked only if you know what it is needed for.
          </p>`
        : html`<p>
            This can do harm if somebody tricks the agent, and it is more than you allowed. Leave it
            ticked only if you know what more is needed for.
          </p>`)
    }
  </div>`
}

/** what the answers below come to, in the words that will stand in the list of grants */
function renderChosen(
  row: ProposedRow,
  { entered = new Map(), reader }: RowContext,
): Html | undefined {
  const problems = new Map<string, string>()
  const chosen = tighten(row, entered, problems, { reader })
  if (problems.size > 0 || chosen === row.capability) return undefined
  return html`<div class="until chosen">
    <p>As you have it now:</p>
    <ul>
      ${describe(chosen).map(({ sentence }) => html`<li>${sentence}</li>`)}
    </ul>
  </div>`
}

type Group = readonly [name: string | undefined, members: readonly Control[]]

/** in the order of the controls; those of one group together where its first stands */
function groupsOf(controls: readonly Control[]): Group[] {
  const names = [...new Set(controls.map(({ group }) => group))]
  return names.map((name) => [name, controls.filter(({ group }) => group === name)])
}

function renderGroup(
  row: ProposedRow,
  name: string | undefined,
  members: readonly Control[],
  context: RowContext,
): Html {
  const inside = members.map((control) => renderControl(row, control, context))
  if (name === undefined) return html`${inside}`
  return html`<fieldset class="plain group">
    <legend>${name}</legend>
    <div class="controls">${inside}</div>
  </fieldset>`
}

function isTouched(
  row: ProposedRow,
  control: Control,
  entered: Entered,
  problems: Problems,
): boolean {
  const field = fieldOf(row, control)
  // of a row that is not ticked a preset answers nothing, and what it would hold matters to nobody
  const isAnswered = entered?.get(row.id) === 'on'
  return (
    problems.has(field) || (isAnswered && answerTo(control, entered.get(field)) !== control.initial)
  )
}

function renderControl(
  row: ProposedRow,
  asked: Control,
  { entered, problems, change = false }: RowContext,
): Html {
  const control = change ? withoutAsked(asked) : asked
  const id = fieldOf(row, control)
  const value = valueOf(control, id, entered, entered?.get(row.id) === 'on')
  const problem = problems.get(id)
  const notes = [control.help ? `${id}-help` : '', problem ? `${id}-problem` : ''].filter(
    (note) => note !== '',
  )
  const described = notes.length > 0 && html`aria-describedby="${notes.join(' ')}"`
  const invalid = problem !== undefined && html`aria-invalid="true"`
  if (control.kind.type === 'tick') {
    return html`<label class="tick"
        ><input
          type="checkbox"
          id="${id}"
          name="${id}"
          value="on"
          ${flag('checked', value === 'on')}
          ${described}
          ${invalid}
        /><span>${control.label}</span></label
      >
      ${control.help && html`<p class="hint" id="${id}-help">${control.help}</p>`}
      ${problem && html`<p class="field-problem" id="${id}-problem">${problem}</p>`}`
  }
  return html`<div class="field">
    <label for="${id}">${control.label}</label>
    ${renderInput(control.kind, id, value, html`${described} ${invalid}`)}
    ${control.help && html`<p class="hint" id="${id}-help">${control.help}</p>`}
    ${problem && html`<p class="field-problem" id="${id}-problem">${problem}</p>`}
  </div>`
}

/** a row that is not ticked keeps what stands in its fields; where nothing was posted, what was asked for */
function valueOf(control: Control, id: string, entered: Entered, isTicked: boolean): string {
  const posted = entered?.get(id)
  if (posted !== undefined) return posted
  return entered && isTicked && control.kind.type === 'tick' ? '' : control.initial
}

/** what an agent once asked for is not what bounds the answer */
function withoutAsked(control: Control): Control {
  const { help: _, ...rest } = control
  return control.kind.type === 'money' || control.kind.type === 'number' ? rest : control
}

type InputKind = Exclude<Control['kind'], { readonly type: 'tick' }>

function renderInput(kind: InputKind, id: string, value: string, attributes: Html): Html {
  switch (kind.type) {
    case 'lines':
      // the first line break of a text area is not part of its value
      return html`<textarea
        id="${id}"
        name="${id}"
        rows="${Math.min(8, value.split('\n').length + 1)}"
        spellcheck="false"
        autocapitalize="none"
        ${attributes}
      >
${value}</textarea>`
    case 'number':
      return html`<input
        id="${id}"
        name="${id}"
        type="number"
        inputmode="numeric"
        min="${kind.min}"
        max="${kind.max}"
        value="${value}"
        ${attributes}
      />`
    case 'money':
      return html`<input
        id="${id}"
        name="${id}"
        inputmode="decimal"
        autocomplete="off"
        value="${value}"
        ${attributes}
      />`
    case 'time':
      return html`<input id="${id}" name="${id}" type="time" value="${value}" ${attributes} />`
    case 'zone':
      return html`<input
        id="${id}"
        name="${id}"
        list="zones"
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
        value="${value}"
        ${attributes}
      />`
    case 'choice':
      return html`<select id="${id}" name="${id}" ${attributes}>
        ${kind.choices.map((choice) => html`<option value="${choice.value}" ${flag('selected', choice.value === value)}>${choice.label}</option>`)}
      </select>`
  }
}
