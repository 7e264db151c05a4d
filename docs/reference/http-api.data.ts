import { type Endpoint, endpoints, permissionsOfRole, roles } from '@samband/operations'

export interface EndpointRow {
  readonly method: string
  readonly path: string
  readonly summary: string
  readonly requires: string
  readonly audited: boolean
}

export interface ApiFacts {
  readonly endpoints: readonly EndpointRow[]
  readonly roles: ReadonlyArray<{ readonly name: string; readonly permissions: readonly string[] }>
}

declare const data: ApiFacts
export { data }

function row({ method, path, summary, requires, audit }: Endpoint): EndpointRow {
  return { method, path: `/api/v1${path}`, summary, requires, audited: audit !== undefined }
}

/** Loaded by VitePress when it builds docs/reference/http-api.md: the table that the server registers. */
export default {
  load: (): ApiFacts => ({
    endpoints: endpoints.map(row),
    roles: roles.map(name => ({ name, permissions: permissionsOfRole[name] })),
  }),
}
