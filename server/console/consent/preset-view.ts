import { html, type Html } from '../html.ts'
import type { Preset } from './presets.ts'

/** buttons of the same form: what she entered about accounts and time stays */
export function renderPresets(presets: readonly Preset[], uid: string): Html | undefined {
  if (presets.length === 0) return undefined
  return html`<section class="presets" aria-labelledby="presets">
    <h2 id="presets">Narrow it to a role</h2>
    <p class="hint" id="presets-help">
      Each takes away what the role does not need, and then shows you the result. Nothing is allowed
      by it, and nothing becomes wider than it was asked for. What you entered in the rows is
      replaced.
    </p>
    <p class="preset-buttons">
      ${presets.map(
        ({ name, label }) =>
          html`<button
            name="preset"
            value="${name}"
            formaction="/consent/${uid}/preset"
            formnovalidate
            aria-describedby="presets-help"
          >
            ${label}
          </button>`,
      )}
    </p>
  </section>`
}

export function renderPresetNotice(preset: Preset | undefined): Html | undefined {
  return (
    preset &&
    html`<p class="notice" role="status">
      Set for <strong>${preset.label}</strong>: ${preset.did} Nothing is allowed yet. Look through
      the rows, then allow what is ticked.
    </p>`
  )
}
