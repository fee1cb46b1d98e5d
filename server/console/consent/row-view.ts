import { flag, html, type Html } from '../html.ts'
import type { Problems } from './choice.ts'
import type { Control } from './control.ts'
import { controlsOf, fieldOf } from './controls.ts'
import type { ProposedRow } from './rows.ts'

type Entered = ReadonlyMap<string, string> | undefined

/** `change`: the row is of a grant that stands, and its questions are open and go both ways */
export function renderRow(
  row: ProposedRow,
  entered: Entered,
  problems: Problems,
  { change = false }: { readonly change?: boolean } = {},
): Html {
  const controls = controlsOf(row.capability)
  const touched = controls.some((control) => isTouched(row, control, entered, problems))
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
      ${row.risk === 'high' && html`<strong class="risk">Take care</strong>`}
    </label>
    <ul class="sentences">
      ${row.sentences.map(({ sentence, risk }) => html`<li class="${risk}">${sentence}</li>`)}
    </ul>
    ${problem && html`<p class="field-problem">${problem}</p>`}
    ${
      controls.length > 0 &&
      html`<details class="tighten" ${flag('open', problem !== undefined || (touched && !change))}>
        <summary>${change ? 'Change this' : 'Make this narrower'}</summary>
        <div class="controls">
          ${controls.map((control) => renderControl(row, control, entered, problems))}
        </div>
      </details>`
    }
  </div>`
}

function isTouched(
  row: ProposedRow,
  control: Control,
  entered: Entered,
  problems: Problems,
): boolean {
  const field = fieldOf(row, control)
  const answer = entered?.get(field) ?? (entered && control.kind.type === 'tick' ? '' : undefined)
  return (
    problems.has(field) ||
    (answer !== undefined && answer.replaceAll('\r\n', '\n') !== control.initial)
  )
}

function renderControl(
  row: ProposedRow,
  control: Control,
  entered: Entered,
  problems: Problems,
): Html {
  const id = fieldOf(row, control)
  const value = entered?.get(id) ?? (entered && control.kind.type === 'tick' ? '' : control.initial)
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
    >`
  }
  return html`<div class="field">
    <label for="${id}">${control.label}</label>
    ${renderInput(control.kind, id, value, html`${described} ${invalid}`)}
    ${control.help && html`<p class="hint" id="${id}-help">${control.help}</p>`}
    ${problem && html`<p class="field-problem" id="${id}-problem">${problem}</p>`}
  </div>`
}

function renderInput(
  kind: Exclude<Control['kind'], { type: 'tick' }>,
  id: string,
  value: string,
  attributes: Html,
): Html {
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
    case 'choice':
      return html`<select id="${id}" name="${id}" ${attributes}>
        ${kind.choices.map((choice) => html`<option value="${choice.value}" ${flag('selected', choice.value === value)}>${choice.label}</option>`)}
      </select>`
  }
}
