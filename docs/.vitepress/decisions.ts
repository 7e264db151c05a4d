import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Decision {
  readonly text: string
  readonly link: string
}

const folder = join(import.meta.dirname, '../adr')

/** The pages of docs/adr in the order of their numbers, each by its heading: "3. An HL7 v2 codec of our own". */
export function decisions(): Decision[] {
  return readdirSync(folder)
    .filter(name => /^\d{4}-.*\.md$/.test(name))
    .sort()
    .map(name => {
      const heading = readFileSync(join(folder, name), 'utf8').match(/^# (.+)$/m)?.[1]
      return { text: heading ?? name, link: `/adr/${name.replace(/\.md$/, '')}` }
    })
}
