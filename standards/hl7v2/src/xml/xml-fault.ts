import type { Issue } from '../issue.ts'

/** Leaves the parser on the first thing that cannot be read; turned into an issue before it reaches a caller. */
export class XmlFault extends Error {
  readonly code: 'xml-invalid' | 'xml-refused'

  constructor(code: 'xml-invalid' | 'xml-refused', message: string) {
    super(message)
    this.code = code
  }

  get issue(): Issue {
    return { code: this.code, severity: 'error', text: this.message }
  }
}
