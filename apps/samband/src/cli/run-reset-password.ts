import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openAccess } from '@samband/access'
import { openAudit } from '@samband/audit'
import { loadConfig, parseConfig } from '../config/load-config.ts'
import { openDataFolder } from '../server/data-folder.ts'
import { startDatabase } from '../server/database.ts'
import { configPlace } from './config-place.ts'
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

/** The number that a process gets last: servers of other machines may be writing beside this command. */
const commandNode = 31

async function inDatabase({ user, data, config: file, example }: ResetPasswordOptions): Promise<string> {
  const env = { ...process.env, ...(data === undefined ? {} : { SAMBAND_DATA: data }) }
  const place = configPlace({
    ...(file === undefined ? {} : { config: file }),
    ...(example === undefined ? {} : { example }),
  })
  // Only the data folder and the database matter here: other secrets need not be at hand, and without a configuration the
  // defaults are as good.
  const bare = file === undefined && example === undefined && !existsSync(place.file)
  const config = bare ? parseConfig({}, { ...place, env }) : await loadConfig({ ...place, env, secretsOf: 'database' })
  if (config.database.url === undefined && !existsSync(join(config.data, 'postgres'))) throw noData(config.data)
  const folder = await openDataFolder(config.data)
  try {
    const database = await startDatabase({ folder, config, onExit: () => {}, say: () => {} })
    try {
      const { tenant } = config
      const access = await openAccess({ db: database.db, tenant, now: Date.now })
      const password = await access.resetPassword(user)
      if (password === undefined) {
        throw new CliError({ code: 'user-unknown', exitCode: exitCodes.notFound, message: `there is no user ${user}` })
      }
      const audit = await openAudit({ db: database.db, tenant, node: commandNode, now: Date.now })
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

/** A new password in a database that this very command would make helps nobody. */
function noData(data: string): CliError {
  return new CliError({
    code: 'data-missing',
    exitCode: exitCodes.notFound,
    message: `nothing was ever started on ${data}: name the folder with --data, or the configuration with --config`,
  })
}
