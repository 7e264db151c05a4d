import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { SambandError } from '@samband/errors'
import type { DatabaseClient, TestDatabase } from '@samband/store'
import {
  eventually,
  laneCount,
  membershipDatabase,
  openMember,
  owned,
  owners,
  type TestMember,
  tenant,
} from './members.ts'

type Step = 'start' | 'leave' | 'cut' | 'wait'

/** A member that works slowly, so that steps meet changes half made. */
async function slowMember(t: TestDatabase, onChange: () => void): Promise<TestMember & { journal: DatabaseClient }> {
  const pause = (): Promise<void> => new Promise(resolve => setTimeout(resolve, Math.random() * 15))
  const member = await openMember(t.db, { claimWith: pause, onGained: pause, onLosing: pause })
  // As the journal's connection: who writes keeps its node number when only the lease is cut.
  const journal = await t.db.dedicated('journal')
  await member.membership.fence(journal)
  member.membership.onChange(onChange)
  return Object.assign(member, { journal })
}

describe('processes that come and go', () => {
  let t: TestDatabase
  before(async () => {
    t = await membershipDatabase()
  })
  after(() => t.close())

  test('no lane is ever admitted by two, and in the end each has its share', async () => {
    const stepArb = fc.constantFrom<Step>('start', 'start', 'leave', 'cut', 'wait')
    await fc.assert(
      fc.asyncProperty(fc.array(stepArb, { minLength: 4, maxLength: 10 }), async steps => {
        const members: TestMember[] = []
        const leaving: Promise<void>[] = []
        const everybody: (TestMember & { journal: DatabaseClient })[] = []
        const twice = new Set<number>()
        const failures: unknown[] = []
        const look = (): void => {
          for (let lane = 0; lane < laneCount; lane += 1) {
            if (everybody.filter(({ membership }) => membership.admits(lane)).length > 1) twice.add(lane)
          }
        }
        const start = async (): Promise<void> => {
          const member = await slowMember(t, look)
          members.push(member)
          everybody.push(member)
          // It goes on while the next steps are made; one that leaves meanwhile is told so.
          member.membership.start().catch((thrown: unknown) => {
            if (!(thrown instanceof SambandError && thrown.code === 'membership-left')) failures.push(thrown)
          })
        }
        await start()
        for (const step of steps) {
          if (step === 'start' && members.length < 5) await start()
          if (step === 'leave' && members.length > 1)
            leaving.push(members.shift()?.membership.leave() ?? Promise.resolve())
          if (step === 'cut') await cutLeases(t)
          await new Promise(resolve => setTimeout(resolve, Math.random() * 40))
        }
        await Promise.all(leaving)
        await eventually('balance', () => {
          const counts = members.map(member => owned(member).length)
          return counts.reduce((sum, n) => sum + n, 0) === laneCount && Math.max(...counts) - Math.min(...counts) <= 1
        })
        const rows = await owners(t.db)
        for (const member of members) {
          const mine = rows.filter(({ epoch }) => epoch === member.membership.epoch).map(({ lane }) => lane)
          assert.deepEqual(owned(member), mine)
        }
        assert.deepEqual([...twice], [])
        assert.deepEqual(failures, [])
        assert.deepEqual(
          everybody.map(({ deposed }) => deposed),
          everybody.map(() => 0),
        )
        await Promise.all(members.map(({ membership }) => membership.leave()))
        await Promise.all(everybody.map(({ journal }) => journal.end()))
        await t.db.pool.query('truncate engine.lane, engine.process')
      }),
      { numRuns: 4 },
    )
  })
})

/** Cuts every connection by which a member holds its place, or changes owners. */
async function cutLeases(t: TestDatabase): Promise<void> {
  await t.db.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and (application_name like '%engine-lease' or application_name like '%engine-lanes')
        and exists (select from engine.process where tenant = $1)`,
    [tenant],
  )
}
