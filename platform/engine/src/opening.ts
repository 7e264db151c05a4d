import type { SambandError } from '@samband/errors'
import { createIdGenerator, idFromTime, migrate, monthOf } from '@samband/store'
import { DayWatch } from './day-watch.ts'
import { planEndpoints } from './endpoints.ts'
import type { EngineContext } from './engine-context.ts'
import type { EngineOptions } from './engine-types.ts'
import { EventLog } from './event-log.ts'
import { type HostedRoute, openHosted } from './hosting/hosted-route.ts'
import type { RouteHost } from './hosting/route-host.ts'
import type { ThreadPool } from './hosting/thread-pool.ts'
import { IntakeGate } from './intake-gate.ts'
import { Journal } from './journal.ts'
import { JournalReader } from './journal-reader.ts'
import { openJournalWriter } from './journal-writer.ts'
import { LaneDesk } from './lanes/lane-desk.ts'
import { ContentStore } from './large/content-store.ts'
import type { Membership } from './membership/membership-types.ts'
import { defaultLimits, type EngineLimits } from './limits.ts'
import { engineMigrations } from './migrations.ts'
import { RetentionClasses } from './retention-classes.ts'

/** Route modules loaded side by side; more would only take turns on the cores. */
const loadsAtOnce = 8

export function limitsOf(options: Pick<EngineOptions, 'limits'>): EngineLimits {
  return { ...defaultLimits, ...options.limits }
}

/** Loads the code of every route, several at a time, and checks what they ask for before anything else is opened. */
export async function openAllHosts(options: EngineOptions, pool: ThreadPool): Promise<readonly HostedRoute[]> {
  const hosted: HostedRoute[] = []
  const waiting = [...options.routes.entries()]
  const openNext = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      hosted[next[0]] = await openHosted(next[1], options, pool)
    }
  }
  await Promise.all(Array.from({ length: loadsAtOnce }, openNext))
  const descriptions = hosted.map(({ host }) => host.description)
  options.check?.(descriptions)
  planEndpoints(options, descriptions)
  return hosted
}

/** Tables, and the classes of retention that the routes name. */
export async function prepareTables(options: EngineOptions, hosted: readonly HostedRoute[]): Promise<RetentionClasses> {
  const { db, keys, tenant, retention = {} } = options
  // First of all: data that was stored with another master key is nothing to join in.
  await keys.prepare([monthOf(Date.now())])
  await migrate(db, { schema: 'engine', migrations: engineMigrations })
  return await RetentionClasses.open(db, tenant, [
    ...hosted.map(({ host }) => host.description.retention),
    ...Object.keys(retention),
  ])
}

export async function openContext(
  options: EngineOptions,
  classes: RetentionClasses,
  membership: Membership,
  submitAt: EngineContext['submitAt'],
): Promise<EngineContext> {
  const { db, keys, tenant, log, headers = {} } = options
  const limits = limitsOf(options)
  const now = options.clock ?? (() => Date.now())
  const monotonic = (): number => performance.now()
  const { node } = membership
  const days = new DayWatch({ keys, classes, now })
  await days.look()
  const { rows } = await db.pool.query<{ newest: number }>(
    `select greatest((select max(id) from engine.message where tenant = $1),
                     (select max(id) from engine.event where tenant = $1),
                     (select max(low_id) from engine.checkpoint where tenant = $1), 0) as newest`,
    [tenant],
  )
  const ids = createIdGenerator({ node, now, after: rows[0]?.newest ?? 0 })
  // Routes begin by this time (`low`): should the clock be set back before the first message, its id is not smaller.
  ids.passed(idFromTime(now()))
  const writer = openJournalWriter({
    db,
    keys,
    tenant,
    limits,
    monotonic,
    repair: (thrown, missing) => days.repair(thrown, missing),
    fence: client => membership.fence(client),
    onTrouble: (error: SambandError) => log.error('database-trouble', { code: error.code, text: error.message }),
    onStoredAfterFailure: record =>
      events.add({
        id: ids.next(),
        class: record.class,
        messageId: record.id,
        kind: 'discarded',
        part: 0,
        owed: 0,
        attempt: 0,
        code: 'not-acknowledged',
        detail: 'the sender was told that it was not stored, and will send it again',
      }),
  })
  const events = new EventLog(writer, limits)
  const journal = new Journal(writer, limits, monotonic)
  await writer.open()
  const reader = new JournalReader(db, keys, tenant)
  const fence: EngineContext['fence'] = client => membership.fence(client, 'transaction')
  const contents = new ContentStore({ db, keys, tenant, nextId: () => ids.next(), fence, days })
  const intakeGate = new IntakeGate({ bytesMax: limits.intakeBytesMax, waitMs: limits.journalDeadlineMs })
  const desk = new LaneDesk(membership, limits.journalDeadlineMs)
  return {
    tenant,
    node,
    db,
    keys,
    ids,
    writer,
    journal,
    events,
    reader,
    contents,
    classes,
    days,
    limits,
    intakeGate,
    headers,
    desk,
    submitAt,
    fence,
    log,
    now,
  }
}

/**
 * Every revision that ever ran has a number, so that a message names its revision in four bytes. Same order. `first`: the
 * route never ran before, so that there is nothing of it to recover.
 */
export async function registerRevisions(
  { db, tenant }: Pick<EngineContext, 'db' | 'tenant'>,
  hosts: readonly RouteHost[],
): Promise<readonly { readonly id: number; readonly first: boolean }[]> {
  return await db.transaction(async client => {
    await client.query('lock table engine.route_revision in share row exclusive mode')
    const { rows } = await client.query<{ id: number; first: boolean }>(
      `with wanted as (select * from unnest($2::text[], $3::text[]) with ordinality as w (route, revision, at)),
            known as (
              select w.at, r.id from wanted w
                join engine.route_revision r on r.tenant = $1 and r.route = w.route and r.revision = w.revision),
            added as (
              insert into engine.route_revision (tenant, id, route, revision)
              select $1, (select coalesce(max(id), 0) from engine.route_revision where tenant = $1)
                         + row_number() over (order by w.at), w.route, w.revision
                from wanted w where not exists (select from known k where k.at = w.at)
              returning id, route, revision)
       select id, not exists (select from engine.route_revision r where r.tenant = $1 and r.route = both_kinds.route) as first
         from (
         select k.at, k.id, w.route from known k join wanted w on w.at = k.at
         union all
         select w.at, a.id, a.route from added a join wanted w on w.route = a.route and w.revision = a.revision) as both_kinds
        order by at`,
      [tenant, hosts.map(({ description }) => description.name), hosts.map(({ revision }) => revision)],
    )
    return rows
  })
}
