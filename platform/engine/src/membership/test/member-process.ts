/**
 * One process of a membership, for tests that kill or stop it. Its argument is JSON; it says what happens as lines of
 * JSON. All the while it writes rows as a journal does: in transactions, by a fenced connection that it makes anew when it is lost.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { toSambandError } from '@samband/errors'
import { openDatabase } from '@samband/store'
import { openMembership } from '../membership.ts'
import { fastLimits, laneCount, tenant } from './members.ts'

export type MemberProcessOptions = {
  readonly url: string
  /** The callback that never resolves. */
  readonly hangIn?: 'claimWith' | 'onGained' | 'onLosing'
  /** With the limits of production instead of a tenth of them. */
  readonly realLimits?: boolean
}

// JSON of a test beside this file.
const { url, hangIn, realLimits } = JSON.parse(process.argv[2] ?? '{}') as MemberProcessOptions

const say = (facts: object): void => void process.stdout.write(`${JSON.stringify(facts)}\n`)
const pass = async (name: MemberProcessOptions['hangIn'], facts: object): Promise<void> => {
  say({ is: name, ...facts })
  if (hangIn === name) await new Promise(() => {})
}

const db = await openDatabase({ url })
const log = { info: () => {}, warn: () => {}, error: () => {} }
const membership = await openMembership({
  db,
  tenant,
  address: undefined,
  laneCount,
  limits: realLimits === true ? {} : fastLimits,
  log,
  claimWith: async (_, { lanes }) => await pass('claimWith', { lanes }),
  onGained: async ({ lanes }) => await pass('onGained', { lanes }),
  onLosing: async lanes => await pass('onLosing', { lanes }),
  onDeposed: () => say({ is: 'deposed' }),
})
say({ is: 'registered', epoch: membership.epoch, node: membership.node })
process.on('SIGTERM', () => void membership.leave().then(() => process.exit(0)))
void membership.start().then(() => say({ is: 'started' }))

// The turn in which a stopped process goes on must already see that it is not valid.
let turnAt = performance.now()
setInterval(() => {
  const gap = performance.now() - turnAt
  turnAt = performance.now()
  if (gap > fastLimits.selfFenceAfterMs) say({ is: 'woken', valid: membership.valid })
}, 5)

for (let n = 0; ; n += 1) {
  try {
    const client = await db.dedicated('journal')
    await membership.fence(client)
    for (;;) {
      await client.query('begin')
      await client.query('insert into engine.written (epoch, n) values ($1, $2)', [membership.epoch, n])
      await client.query('commit')
    }
  } catch (thrown) {
    const { code } = toSambandError(thrown)
    say({ is: 'writer-lost', code })
    if (code === 'engine-deposed') break
    await pause(20)
  }
}
