import { appendFileSync } from 'node:fs'

/** A companion for tests: writes a line for each start, and runs until it is told to stop. */
const file = process.argv[2]
if (file === undefined) throw new Error('no file named')
appendFileSync(file, 'started\n')
process.on('message', () => {})
process.on('disconnect', () => process.exit(0))
process.send?.({ kind: 'ready' })
