import { startBenchDatabase } from '../mllp/bench-database.ts'
import { startHubServer } from './hub-server.ts'
import { signToken } from './token.ts'

/** `serve-fhir`: runs until it is told to stop. Its address and a token that may do everything are on standard output. */
export async function serveFhir({ port, json }: { readonly port: number; readonly json: boolean }): Promise<void> {
  const database = await startBenchDatabase()
  const { token, jwk } = signToken()
  const server = await startHubServer({ databaseUrl: database.url, port, jwk })
  process.stdout.write(
    json
      ? `${JSON.stringify({ bench: 'serve-fhir', url: server.url, token })}\n`
      : `${server.url}\nAuthorization: Bearer ${token}\n`,
  )
  process.stderr.write('an empty hub, thrown away at the end; Ctrl-C stops\n')
  await new Promise<void>(resolve => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  await server.close()
  await database.close()
}
