import { openAccess } from '@samband/access'
import { openAudit } from '@samband/audit'
import { loadConfig } from '../config/load-config.ts'
import { openDataFolder } from '../server/data-folder.ts'
import { startDatabase } from '../server/database.ts'
import { configPlace } from './commands/start.ts'
import { connect, type ConnectionOptions } from './connection.ts'
import { CliError, exitCodes } from './exit-codes.ts'
import { jsonRow, terminalOutput } from './output.ts'

export type ResetPasswordOptions = ConnectionOptions & {
  readonly user: string
  readonly json?: boolean
  readonly config?: string
  readonly example?: string
}

/** Through the running server where there is one; else with the database opened for this moment. */
export async function runResetPassword(options: ResetPasswordOptions): Promise<void> {
  const output = terminalOutput({ json: options.json === true })
  const password = await newPassword(options)
  if (output.json) return await jsonRow(output, { user: options.user, password })
  await output.write(`${password}\n`)
  output.note(`The new password of ${options.user}. It is shown only now; every session of ${options.user} has ended.`)
}

async function newPassword(options: ResetPasswordOptions): Promise<string> {
  try {
    const client = await connect(options)
    return (await client.resetPassword(options.user)).password
  } catch (thrown) {
    if (!(thrown instanceof CliError) || thrown.code !== 'server-not-found') throw thrown
    return await inDatabase(options)
  }
}

async function inDatabase({ user, data, config: file, example }: ResetPasswordOptions): Promise<string> {
  const env = { ...process.env, ...(data === undefined ? {} : { SAMBAND_DATA: data }) }
  // Without a configuration the example's is as good: only the data folder and the database matter here.
  const place = configPlace({
    ...(file === undefined ? {} : { config: file }),
    ...(example === undefined ? {} : { example }),
  })
  const config = await loadConfig({ ...place, env })
  const folder = await openDataFolder(config.data)
  try {
    const database = await startDatabase({ folder, config, onExit: () => {}, say: () => {} })
    try {
      const { tenant, node } = config
      const access = await openAccess({ db: database.db, tenant, now: Date.now })
      const password = await access.resetPassword(user)
      if (password === undefined) {
        throw new CliError({ code: 'user-unknown', exitCode: exitCodes.notFound, message: `there is no user ${user}` })
      }
      const audit = await openAudit({ db: database.db, tenant, node, now: Date.now })
      await audit.record({
        actor: 'command line',
        actorKind: 'system',
        action: 'password-reset',
        subject: { kind: 'user', id: user },
        outcome: 'success',
      })
      await audit.close()
      return password
    } finally {
      await database.stop()
    }
  } finally {
    await folder.release()
  }
}
