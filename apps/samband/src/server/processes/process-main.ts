import { enableCompileCache } from 'node:module'

// As the command line does: what was compiled once is not compiled again.
enableCompileCache()
const { runProcess } = await import('./run-process.ts')
await runProcess()
