import { SambandError } from '@samband/errors'
import type { Deployment as Configuration } from '../config/load-config.ts'
import { developmentEnvironment } from '../config/environments.ts'
import { type Candidate, candidateOf, type CandidateRoute, readFolders, setId } from './candidate.ts'
import type { DeploymentStore, StoredDeployment } from './deployment-store.ts'

/**
 * What a process runs when it starts.
 *
 * In `dev`, and where no environment was chosen, the folders: what a developer sees is what runs. Elsewhere the deployment that
 * was applied last, whatever happened to the files since. With no deployment at all, or when told so, the folders.
 */
export type StartChoice = {
  readonly routes: readonly CandidateRoute[]
  /** Set: this very deployment runs. Unset: folders of which no deployment is known yet. */
  readonly deployment: StoredDeployment | undefined
  /** What a person should know. */
  readonly warning: string | undefined
}

export type StartRuleOptions = {
  readonly config: Pick<Configuration, 'folder' | 'routes' | 'environment'>
  readonly store: DeploymentStore
  /** The folders, in every environment. */
  readonly adopt: boolean
}

export function runsFolders(environment: string | undefined): boolean {
  return environment === undefined || environment === developmentEnvironment
}

export async function chooseAtStart({ config, store, adopt }: StartRuleOptions): Promise<StartChoice> {
  const current = await store.current()
  if (current === undefined || adopt || runsFolders(config.environment)) {
    const { id, routes } = await readFolders(config)
    const known = current !== undefined && setId(current.routes) === id
    return { routes, deployment: known ? current : undefined, warning: undefined }
  }
  const sources = await store.sourcesOf(current.routes)
  const routes = current.routes.map(({ file }, index) => ({ file, source: sources[index] }))
  return {
    // As many sources as routes, in their order.
    routes: candidateOf(routes as readonly CandidateRoute[]).routes,
    deployment: current,
    warning: await readFolders(config).then(
      folders => differenceText(current, folders),
      (thrown: unknown) => {
        if (!(thrown instanceof SambandError)) throw thrown
        return `deployment ${current.id} runs; the routes folders cannot be planned: ${thrown.message}`
      },
    ),
  }
}

/** 'the routes folders differ from deployment 7, which runs: adt changed, labs.ts new; samband plan shows what would change' */
function differenceText(current: StoredDeployment, folders: Pick<Candidate, 'routes'>): string | undefined {
  const changed = current.routes.flatMap(({ name, file, source }) => {
    const now = folders.routes.find(route => route.file === file)
    if (now === undefined) return [`${name} gone`]
    return now.source.id === source ? [] : [`${name} changed`]
  })
  const added = folders.routes
    .filter(({ file }) => !current.routes.some(route => route.file === file))
    .map(({ file }) => `${file} new`)
  const all = [...changed, ...added]
  if (all.length === 0) return undefined
  return `the routes folders differ from deployment ${current.id}, which runs: ${all.join(', ')}; samband plan shows what would change`
}
