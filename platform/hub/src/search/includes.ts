import type { ResultOptions } from '@samband/fhir/search'
import type { HubIssue } from '../hub-error.ts'
import type { StoredResource } from '../storage/stored.ts'
import type { SearchScope } from './scope.ts'

export async function fetchIncludes(
  _scope: SearchScope,
  _result: ResultOptions,
  _matches: readonly StoredResource[],
): Promise<{ readonly included: readonly StoredResource[]; readonly issues: readonly HubIssue[] }> {
  return { included: [], issues: [] }
}
