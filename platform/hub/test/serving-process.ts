/** A hub that serves until it is killed: `node serving-process.ts [database url]`. Says its address to its parent. */
import { openDatabase } from '@samband/store'
import { serveHub } from '../src/http/serve.ts'
import { openHub } from '../src/index.ts'

const db = await openDatabase({ url: process.argv[2] ?? '' })
const { url } = await serveHub({ open: baseUrl => openHub({ db, tenant: 1, node: 0, baseUrl }) })
process.send?.(url)
process.on('disconnect', () => process.exit(0))
