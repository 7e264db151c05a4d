import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import type { Actor, DeploymentPlan, Engine, RouteFile } from '@samband/engine'
import { SambandError } from '@samband/errors'
import type { DeploymentProgress, DeploymentsPort, DeploymentView, PlannedDeployment } from '@samband/operations'
import type { Database } from '@samband/store'
import type { Deployment as Configuration } from '../config/load-config.ts'
import type { ServerLog } from '../server/log.ts'
import { type Candidate, candidateOf, materialised, readFolders } from './candidate.ts'
import { type DeployedRoute, DeploymentStore, type StoredDeployment } from './deployment-store.ts'
import { DeploymentFollower } from './deployment-follower.ts'
import { deployLimits } from './limits.ts'
import { loadTrouble } from './load-trouble.ts'
import { inOwnPlaces, isForeign, problemOf, routeBroken, troubleText } from './problem.ts'
import { RevisionFolder } from './revision-folder.ts'
import { chooseAtStart } from './start-rule.ts'

export type DeploymentsOptions = {
  readonly db: Database
  readonly config: Pick<Configuration, 'folder' | 'routes' | 'environment' | 'tenant' | 'data'>
  readonly log: Pick<ServerLog, 'info' | 'warn' | 'error'>
  /** Start with the folders and make them the deployment, in every environment. */
  readonly adopt?: boolean
  /** Unlike any other process's. */
  readonly processName?: string
}

type Planned = Pick<Candidate, 'id' | 'routes'>
type Act = { readonly actor: string; readonly reason: string; readonly rolledBackTo: number | null }

/**
 * What was applied, and this process's part in it.
 *
 * A deployment is *applying* (its routes load; this process switches) → *current* (written down once this process runs it;
 * every other process sees it and switches too) → *superseded*; or *failed* (nothing was changed, or it was changed back). One
 * at a time per tenant, by a lock in the database that ends with the process that holds it.
 */
export class Deployments implements DeploymentsPort {
  /** What the engine starts with. */
  readonly routes: readonly RouteFile[]
  readonly #options: DeploymentsOptions
  readonly #store: DeploymentStore
  readonly #revisions: RevisionFolder
  readonly #started: { readonly planned: Planned; readonly deployment: StoredDeployment | undefined }
  #engine: Engine | undefined
  #follower: DeploymentFollower | undefined
  #switching: Promise<void> = Promise.resolve()

  private constructor(
    options: DeploymentsOptions,
    store: DeploymentStore,
    revisions: RevisionFolder,
    started: Deployments['routes'],
    choice: { readonly planned: Planned; readonly deployment: StoredDeployment | undefined },
  ) {
    this.#options = options
    this.#store = store
    this.#revisions = revisions
    this.routes = started
    this.#started = choice
  }

  /** Tables, the choice of what runs, and its files. Before the engine is there, which needs them. */
  static async open(options: DeploymentsOptions): Promise<Deployments> {
    const { db, config, log, adopt = false } = options
    const store = await DeploymentStore.open(db, config.tenant)
    const choice = await chooseAtStart({ config, store, adopt })
    if (choice.warning !== undefined) log.warn('routes-differ', { text: choice.warning })
    const revisions = new RevisionFolder(join(config.data, 'revisions'), id =>
      log.warn('revision-files-changed', { text: `files of revision ${id} were changed on disk: written anew` }),
    )
    const planned = candidateOf(choice.routes)
    const files = await materialised(planned, config.folder, revisions)
    return new Deployments(options, store, revisions, files, { planned, deployment: choice.deployment })
  }

  /** Once the engine runs them: writes down folders that are no deployment yet, and follows what others apply from now on. */
  async attach(engine: Engine): Promise<void> {
    this.#engine = engine
    const name = this.#options.processName ?? `${hostname()}:${process.pid}`
    const running = this.#started.deployment?.id ?? (await this.#writeDownStart(engine))
    this.#follower = new DeploymentFollower({
      store: this.#store,
      name,
      running,
      log: this.#options.log,
      switchTo: id => this.#switchTo(id),
    })
    await this.#follower.start()
  }

  async stop(): Promise<void> {
    await this.#follower?.stop()
    await this.#switching.catch(() => {})
  }

  async plan(request: { readonly messages?: number; readonly deployment?: number }): Promise<PlannedDeployment> {
    const { messages = deployLimits.messagesDefault, deployment } = request
    const planned = deployment === undefined ? await readFolders(this.#options.config) : await this.#former(deployment)
    const plan = await this.#planned(planned, messages)
    return { ...plan, id: planned.id, createdAt: new Date().toISOString() }
  }

  async apply(request: { readonly plan?: string; readonly reason: string }, actor: Actor): Promise<DeploymentProgress> {
    const planned = await readFolders(this.#options.config)
    if (request.plan !== undefined && request.plan !== planned.id) throw planOutdated(request.plan, planned.id)
    return await this.#begin(planned, { actor: actor.name, reason: request.reason, rolledBackTo: null })
  }

  async rollback(
    request: { readonly deployment?: number; readonly reason: string },
    actor: Actor,
  ): Promise<DeploymentProgress> {
    const id = request.deployment ?? (await this.#store.former())?.id
    if (id === undefined) throw nothingBefore()
    const planned = await this.#former(id)
    return await this.#begin(planned, { actor: actor.name, reason: request.reason, rolledBackTo: id })
  }

  async progress(id: number): Promise<DeploymentProgress | undefined> {
    const deployment = await this.#store.deployment(id)
    if (deployment === undefined) return undefined
    return {
      ...viewOf(deployment),
      running: deployment.routes.map(({ name }) => ({
        route: name,
        revision: this.#engine?.description(name)?.revision ?? null,
      })),
      processes: await this.#store.processes(),
    }
  }

  async list(page: { readonly limit?: number; readonly cursor?: string }): ReturnType<DeploymentsPort['list']> {
    const { items, nextCursor } = await this.#store.list(page)
    return { items: items.map(viewOf), nextCursor }
  }

  /** Resolves when what was begun here is done, however it ended. */
  async settled(): Promise<void> {
    await this.#switching
  }

  /** Which file of the folders does not load, with the line; undefined when that is not what is wrong. */
  async whyNotLoaded(): Promise<string | undefined> {
    const { config } = this.#options
    const planned = await readFolders(config).catch(() => undefined)
    if (planned === undefined) return undefined
    const running = new Set((await this.#store.current())?.routes.map(({ source }) => source))
    const routes = planned.routes.filter(({ source }) => !running.has(source.id))
    return await this.#placeOfTrouble({ ...planned, routes })
  }

  /** The files of a revision that was ever applied: to run a message on the revision that it came in on. */
  async revisionFile(route: string, revision: string): Promise<RouteFile | undefined> {
    const known = await this.#store.revision(route, revision)
    const [source] = known === undefined ? [] : await this.#store.sourcesOf([known])
    if (known === undefined || source === undefined) return undefined
    return await this.#revisions.file(source, dirname(join(this.#options.config.folder, known.file)))
  }

  async #begin(planned: Planned, act: Act): Promise<DeploymentProgress> {
    const lock = await this.#store.lock()
    let begun = false
    try {
      const files = await this.#files(planned)
      const plan = await this.#planned(planned, 0)
      const current = await this.#store.current()
      if (current !== undefined && plan.routes.every(({ change }) => change === 'same')) {
        return await this.#sureProgress(current.id)
      }
      const routes = namedRoutes(planned, plan)
      const sources = planned.routes.map(({ source }) => source)
      const { id } = await this.#store.add({ ...act, routes, state: 'applying' }, sources)
      this.#switching = this.#run(id, files)
        .then(lock.release)
        // A connection that is lost has released the lock by itself.
        .catch((thrown: unknown) => this.#options.log.warn('deployment-lock', { text: troubleText(thrown) }))
      begun = true
      return await this.#sureProgress(id)
    } finally {
      if (!begun) await lock.release()
    }
  }

  /** Never rejects: how it ended is written down. */
  async #run(id: number, files: readonly RouteFile[]): Promise<void> {
    const { log } = this.#options
    const follower = this.#follower
    await follower?.exclusive(async () => {
      try {
        await this.#running().apply(files)
        await this.#store.makeCurrent(id)
        follower.runs(id)
        await follower.say()
        log.info('deployment-applied', { deployment: id })
      } catch (thrown) {
        const text = troubleText(thrown)
        log.error('deployment-failed', { deployment: id, text })
        // Whatever the engine runs now, what is current runs again with the next look.
        follower.runs(undefined)
        await this.#store.fail(id, text).catch((again: unknown) =>
          // The next one who deploys finds it left over, and says so there.
          log.error('deployment-failed', { deployment: id, text: troubleText(again) }),
        )
      }
    })
  }

  async #switchTo(id: number): Promise<void> {
    const planned = await this.#former(id)
    await this.#running().apply(await this.#files(planned))
    this.#options.log.info('deployment-followed', { deployment: id })
  }

  async #planned(planned: Planned, messages: number): Promise<DeploymentPlan> {
    try {
      return await this.#running().plan(await this.#files(planned), { messages })
    } catch (thrown) {
      // What a module throws when it is loaded is not ours: its text and place say more than our category.
      const place = isForeign(thrown) ? await this.#placeOfTrouble(planned) : undefined
      if (place !== undefined) throw routeBroken(place, thrown)
      throw problemOf(thrown, planned.routes, this.#options.config.folder)
    }
  }

  async #placeOfTrouble(planned: Planned): Promise<string | undefined> {
    for (const { file } of await this.#files(planned)) {
      const trouble = await loadTrouble(file)
      if (trouble !== undefined) return inOwnPlaces(trouble, planned.routes, this.#options.config.folder)
    }
    return undefined
  }

  async #files(planned: Planned): Promise<readonly RouteFile[]> {
    return await materialised(planned, this.#options.config.folder, this.#revisions)
  }

  async #former(id: number): Promise<Planned> {
    const deployment = await this.#store.deployment(id)
    if (deployment === undefined) throw deploymentUnknown(id)
    const sources = await this.#store.sourcesOf(deployment.routes)
    return candidateOf(
      deployment.routes.flatMap(({ file }, index) => {
        const source = sources[index]
        return source === undefined ? [] : [{ file, source }]
      }),
    )
  }

  /** The folders run already: written down as what they are. Another process may have done so meanwhile. */
  async #writeDownStart(engine: Engine): Promise<number | undefined> {
    const { planned } = this.#started
    const lock = await this.#store.lock().catch((thrown: unknown) => {
      // Somebody applies something at this moment: this process will follow it.
      if (thrown instanceof SambandError && thrown.code === 'deployment-under-way') return undefined
      throw thrown
    })
    if (lock === undefined) return undefined
    try {
      const current = await this.#store.current()
      const running = engine.routes().map(({ name }) => engine.description(name))
      const routes = planned.routes.flatMap(({ file, source }) => {
        const route = running.find(one => one !== undefined && hashOf(one.revision) === source.hash)
        if (route === undefined) return []
        return [{ name: route.description.name, revision: route.revision, file, source: source.id }]
      })
      if (current !== undefined && sameRoutes(current.routes, routes)) return current.id
      const reason = current === undefined ? 'the first start' : 'the routes folders when the server started'
      const act = { actor: 'samband start', reason, rolledBackTo: null, state: 'current' } as const
      return (
        await this.#store.add(
          { ...act, routes },
          planned.routes.map(({ source }) => source),
        )
      ).id
    } finally {
      await lock.release()
    }
  }

  async #sureProgress(id: number): Promise<DeploymentProgress> {
    const progress = await this.progress(id)
    if (progress === undefined) throw deploymentUnknown(id)
    return progress
  }

  #running(): Engine {
    if (this.#engine !== undefined) return this.#engine
    throw new SambandError({
      code: 'engine-starting',
      category: 'unavailable',
      message: 'the engine is starting: try again in a moment',
    })
  }
}

/** Names and revisions as the engine loaded them, with the sources that they were loaded from. */
function namedRoutes({ routes }: Planned, plan: DeploymentPlan): readonly DeployedRoute[] {
  return plan.routes.flatMap(({ name, to }) => {
    const route = to === null ? undefined : routes.find(({ source }) => source.hash === hashOf(to))
    return route === undefined || to === null ? [] : [{ name, revision: to, file: route.file, source: route.source.id }]
  })
}

function sameRoutes(a: readonly DeployedRoute[], b: readonly DeployedRoute[]): boolean {
  const lines = (routes: readonly DeployedRoute[]): string =>
    routes
      .map(({ name, revision, file, source }) => [name, revision, file, source].join(' '))
      .toSorted()
      .join('\n')
  return lines(a) === lines(b)
}

/** '3.1.0+4f2c9a1b' → '4f2c9a1b' */
function hashOf(revision: string): string {
  return revision.slice(revision.lastIndexOf('+') + 1)
}

function viewOf({ routes, ...deployment }: StoredDeployment): DeploymentView {
  return { ...deployment, routes: routes.map(({ name, revision, file }) => ({ name, revision, file })) }
}

function planOutdated(plan: string, now: string): SambandError {
  return new SambandError({
    code: 'plan-outdated',
    category: 'conflict',
    message: `the routes folders changed since plan ${plan} (they are ${now} now): look at samband plan again`,
  })
}

function deploymentUnknown(id: number): SambandError {
  return new SambandError({
    code: 'deployment-unknown',
    category: 'not-found',
    message: `there is no deployment ${id}: samband revisions lists them`,
  })
}

function nothingBefore(): SambandError {
  return new SambandError({
    code: 'deployment-unknown',
    category: 'not-found',
    message: 'there is no deployment before the current one',
  })
}
