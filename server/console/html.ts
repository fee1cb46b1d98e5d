import { html as tagged } from 'hono/html'

/** finished markup: the only values that reach a page unescaped are those that `html` made */
export type Html = Exclude<ReturnType<typeof tagged>, Promise<unknown>>

/**
 * What a page may hold. Objects are left out on purpose: the tag trusts anything that carries `isEscaped`, and an agent's
 * JSON must not be able to claim that.
 */
export type Renderable = string | number | Html | undefined | false | readonly Renderable[]

/** markup with every value escaped, for text and for quoted attributes alike; attributes must be quoted */
export function html(strings: TemplateStringsArray, ...values: readonly Renderable[]): Html {
  return tagged(strings, ...values) as Html
}

/** an attribute that is present or absent; write a space before it, or the formatter takes it for the tag's name */
export function flag(name: 'checked' | 'selected' | 'open' | 'required', present: boolean): Html {
  const markup = {
    checked: html`checked`,
    selected: html`selected`,
    open: html`open`,
    required: html`required`,
  }
  return present ? markup[name] : html``
}
