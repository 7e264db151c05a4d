import { createAuthenticate, type HubContext, openHub, type ServedHub, serveHub } from '@samband/hub'
import { openDatabase } from '@samband/store'
import { tokenAudience, tokenIssuer } from './token.ts'

export type HubServerOptions = {
  readonly databaseUrl: string
  readonly port: number
  /** Of who signs the tokens. */
  readonly jwk: Readonly<Record<string, unknown>>
}

export type HubServer = { readonly url: string; readonly audited: () => number; readonly close: () => Promise<void> }

/** With everything on that a hospital has on: validation, tokens that are verified, the ports asked and told. */
export async function startHubServer(options: HubServerOptions): Promise<HubServer> {
  const db = await openDatabase({ url: options.databaseUrl, applicationName: 'samband-bench' })
  let audited = 0
  let opened: HubContext | undefined
  const served: ServedHub = await serveHub({
    port: options.port,
    open: async baseUrl => {
      opened = await openHub({
        db,
        tenant: 1,
        node: 1,
        baseUrl,
        authorize: () => {},
        audit: () => {
          audited += 1
        },
      })
      return opened
    },
    authenticate: async request => {
      authenticate ??= createAuthenticate({
        issuers: [{ issuer: tokenIssuer, audience: tokenAudience, keys: [options.jwk] }],
        context: hub(),
      })
      return await authenticate({ authorization: request.headers.authorization, address: request.ip })
    },
  })
  let authenticate: ReturnType<typeof createAuthenticate> | undefined
  const hub = (): HubContext => {
    if (opened === undefined) throw new Error('nobody asks before the server is there')
    return opened
  }
  return {
    url: served.url,
    audited: () => audited,
    close: async () => {
      await served.close()
      await db.close()
    },
  }
}
