import type { HubContext } from '../hub-context.ts'
import type { ResourceName } from '../storage/stored.ts'

const target = 'Patient/'
const idCharacters = /[A-Za-z0-9\-.]{1,64}/y

/** More are not told one by one: an answer about so many is about no single patient. */
export const auditedPatientsMax = 1_000

/**
 * Ids of the patients that resources are about, for the audit: patients themselves, and all to whom the content has a
 * reference on this server. That is their compartments and a little more (a reference that no parameter of the compartment
 * follows), for the price of a search for a string instead of reading each resource: 0.2 µs for 4 kB (Node 24).
 */
export function patientsOf(
  { baseUrl }: Pick<HubContext, 'baseUrl'>,
  names: readonly ResourceName[],
  texts: readonly string[],
): readonly string[] {
  const found = new Set<string>()
  for (const { type, id } of names) if (type === 'Patient') found.add(id)
  for (const text of texts) {
    for (let at = text.indexOf(target); at !== -1; at = text.indexOf(target, at + target.length)) {
      if (text[at - 1] !== '"' && !text.startsWith(`${baseUrl}/`, at - baseUrl.length - 1)) continue
      idCharacters.lastIndex = at + target.length
      const [id] = idCharacters.exec(text) ?? []
      if (id !== undefined) found.add(id)
      if (found.size >= auditedPatientsMax) return [...found]
    }
  }
  return [...found]
}
