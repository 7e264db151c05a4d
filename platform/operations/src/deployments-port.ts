import type { Actor, DeploymentPlan, Page } from '@samband/engine'

/**
 * What the operations API needs to plan and apply routes. The app keeps sources and deployments and fits itself to this; tests
 * use one in memory.
 */

/** A set of routes that ran, runs, is about to, or could not. */
export type DeploymentView = {
  readonly id: number
  readonly at: string
  readonly actor: string
  readonly reason: string
  /** 'applying': routes are being switched; 'current': what every process runs or is about to. */
  readonly state: 'applying' | 'current' | 'superseded' | 'failed'
  /** The deployment whose routes these are again. */
  readonly rolledBackTo: number | null
  /** Why it failed. */
  readonly error: string | null
  readonly routes: readonly {
    readonly name: string
    readonly revision: string
    /** Where its source stood, relative to the configuration. */
    readonly file: string
  }[]
}

/** How far a deployment has come. */
export type DeploymentProgress = DeploymentView & {
  /** Revisions that the process that was asked runs now, by route; null: not there. */
  readonly running: readonly { readonly route: string; readonly revision: string | null }[]
  /** Every process that lives, with the deployment that it runs; `error`: why it does not run the current one. */
  readonly processes: readonly {
    readonly name: string
    readonly deployment: number | null
    readonly error: string | null
  }[]
}

export type PlannedDeployment = DeploymentPlan & {
  /** Names the very set of sources: what `apply` is held to. */
  readonly id: string
  readonly createdAt: string
}

/** Every act rejects with SambandError and has changed nothing then. */
export type DeploymentsPort = {
  /** Of the folders, or of a former deployment. */
  readonly plan: (request: { readonly messages?: number; readonly deployment?: number }) => Promise<PlannedDeployment>
  /** Begins; resolves as soon as it is sure to load. With `plan`: only if the folders are still what was planned. */
  readonly apply: (
    request: { readonly plan?: string; readonly reason: string },
    actor: Actor,
  ) => Promise<DeploymentProgress>
  /** Without `deployment`: to the one before the current. */
  readonly rollback: (
    request: { readonly deployment?: number; readonly reason: string },
    actor: Actor,
  ) => Promise<DeploymentProgress>
  readonly progress: (id: number) => Promise<DeploymentProgress | undefined>
  readonly list: (page: { readonly limit?: number; readonly cursor?: string }) => Promise<Page<DeploymentView>>
}
