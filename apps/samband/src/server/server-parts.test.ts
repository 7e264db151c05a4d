import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openLog } from './log.ts'
import { SambandError } from '@samband/errors'
import { startRetention } from './retention.ts'
import { Shutdown } from './shutdown.ts'

async function withFolder(fn: (path: string) => Promise<void>): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'samband-log-'))
  try {
    await fn(path)
  } finally {
    await rm(path, { recursive: true })
  }
}

const config = { level: 'info', fileBytesMax: 100, filesMax: 3 } as const

test('the file has every line, the terminal one per trouble', async () => {
  await withFolder(async folder => {
    let now = 0
    const shown: string[] = []
    const log = openLog({ folder, config, terminal: line => shown.push(line), now: () => now })
    log.info('started')
    for (let i = 0; i < 3; i += 1) log.warn('destination-down', { endpoint: 'lis-out', text: 'refused' })
    now = 20_000
    log.warn('destination-down', { endpoint: 'lis-out', text: 'refused' })
    log.close()
    log.error('after-the-end')
    const lines = (await readFile(join(folder, 'samband.log'), 'utf8')).trim().split('\n')
    assert.equal(lines.length, 5)
    // The terminal is still there when the file is closed.
    assert.equal(shown.length, 3)
    assert.match(shown[1] ?? '', /note {2}lis-out: destination down refused \(and 2 more like it\)$/)
  })
})

test('a log file that is full is put aside, and the oldest goes', async () => {
  await withFolder(async folder => {
    for (const [name, text] of [
      ['samband.log', 'x'.repeat(200)],
      ['samband.1.log', 'one'],
      ['samband.2.log', 'two'],
    ] as const) {
      await writeFile(join(folder, name), text)
    }
    openLog({ folder, config }).close()
    assert.deepEqual((await readdir(folder)).toSorted(), ['samband.1.log', 'samband.2.log', 'samband.log'])
    assert.equal(await readFile(join(folder, 'samband.2.log'), 'utf8'), 'one')
  })
})

test('parts stop in the declared order, also when one fails and one hangs', async () => {
  const stopped: string[] = []
  const logged: string[] = []
  const note = (event: string): void => {
    logged.push(event)
  }
  const shutdown = new Shutdown(['sources', 'engine', 'database'], () => ({ info: note, warn: note, error: note }))
  shutdown.add('database', 1_000, async () => void stopped.push('database'))
  shutdown.add('engine', 5, () => new Promise(() => stopped.push('engine')))
  shutdown.add('sources', 1_000, async () => {
    stopped.push('sources')
    throw new Error('13916900216')
  })
  await Promise.all([shutdown.run(), shutdown.run()])
  assert.deepEqual(stopped, ['sources', 'engine', 'database'])
  assert.deepEqual(logged, ['stop-failed', 'stop-failed', 'stopped'])
})

test('retention drops what is old enough, tells what it could not, and goes on', async () => {
  const now = Date.UTC(2026, 5, 30)
  const asked: string[] = []
  const logged: string[] = []
  const note = (event: string): void => {
    logged.push(event)
  }
  const { promise, resolve } = Promise.withResolvers<void>()
  const retention = startRetention(
    { days: 30, classes: {}, auditDays: 365, everyMinutes: 60 },
    {
      engine: {
        prune: async (at = new Date(0)) => {
          asked.push(at.toISOString().slice(0, 10))
          return { dropped: ['engine.message_20260530'], kept: ['days from 2026-05-31: unsettled messages'] }
        },
      },
      pruneAudit: async before => {
        asked.push(before.toISOString().slice(0, 10))
        throw new SambandError({ code: 'x', category: 'unavailable', message: 'the database is away' })
      },
      keys: { refresh: async () => resolve() },
      log: { info: note, warn: note, error: note },
      now: () => now,
      firstAfterMs: 0,
    },
  )
  // The timer does not keep the process alive; the test does.
  const alive = setInterval(() => {}, 1_000)
  await promise
  clearInterval(alive)
  await retention.stop()
  assert.deepEqual(asked, ['2026-06-30', '2025-06-30'])
  assert.deepEqual(logged, ['days-dropped', 'days-kept', 'retention-failed'])
})

test('of several processes one prunes; the others only look for erased keys', async () => {
  const asked: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const note = (event: string): void => {
    asked.push(event)
  }
  const retention = startRetention(
    { days: 30, classes: {}, auditDays: 365, everyMinutes: 60 },
    {
      engine: {
        prune: async () => {
          asked.push('prune')
          return { dropped: [], kept: [] }
        },
      },
      pruneAudit: async () => asked.push('audit'),
      keys: { refresh: async () => void asked.push('keys') },
      log: { info: note, warn: note, error: note },
      leads: async () => {
        resolve()
        return false
      },
      firstAfterMs: 0,
    },
  )
  const alive = setInterval(() => {}, 1_000)
  await promise
  clearInterval(alive)
  await retention.stop()
  assert.deepEqual(asked, ['keys'])
})
