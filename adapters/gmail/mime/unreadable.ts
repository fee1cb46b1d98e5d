/**
 * Thrown inside `mime/` only, where a refusal may stand at any depth of the tree; `readMail` turns it into a value.
 * The message is shown to the agent: it quotes nothing but header names and addresses.
 */
export class UnreadableMail extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UnreadableMail'
  }
}

export function refuse(message: string): never {
  throw new UnreadableMail(message)
}
