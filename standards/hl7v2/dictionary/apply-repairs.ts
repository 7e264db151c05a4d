import { repairs } from './repairs.ts'
import type { Models } from './version-model.ts'
import { modelOf } from './version-model.ts'

/** Applies every repair in the table's order. A repair that changes nothing throws: its reason is gone, and so should it be. */
export function applyRepairs(models: Models): void {
  for (const repair of repairs) {
    const versions = repair.versions === 'all' ? [...models.keys()] : repair.versions
    let changed = 0
    for (const version of versions) changed += repair.apply(modelOf(models, version), models)
    if (changed === 0) throw new Error(`repair '${repair.id}' changes nothing any more`)
  }
}
