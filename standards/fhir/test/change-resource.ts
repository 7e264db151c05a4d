import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A resource of the fixtures, read anew, so that a test may change it. */
export function fixture(name: string): Record<string, unknown> {
  // The fixtures are ours: each is an object.
  return JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures', `${name}.json`), 'utf8')) as Record<
    string,
    unknown
  >
}

/** Sets `name.0.given` and the like to a value; `undefined` removes the member, and an index past the end appends. */
export function change(resource: object, changes: Readonly<Record<string, unknown>>): void {
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split('.')
    const last = steps.pop() ?? ''
    let holder: object = resource
    for (const step of steps) {
      const next: unknown = Reflect.get(holder, step)
      if (typeof next !== 'object' || next === null) throw new Error(`The fixture has nothing at ${step} of ${path}`)
      holder = next
    }
    if (value !== undefined) Reflect.set(holder, last, value)
    else if (Array.isArray(holder)) holder.splice(Number(last), 1)
    else Reflect.deleteProperty(holder, last)
  }
}
