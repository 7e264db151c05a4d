import { SambandError } from '@samband/errors'

const identifier = /^[a-z_][a-z0-9_]{0,47}$/

/**
 * A name that may stand in a statement as it is. DDL takes no parameters, so the few names that go into it pass here;
 * 48 characters leave room for a partition's date within PostgreSQL's 63.
 */
export function parseIdentifier(name: string): string {
  if (identifier.test(name)) return name
  throw new SambandError({
    code: 'sql-name-invalid',
    category: 'incorrect',
    message: 'a schema or table name is lower-case letters, digits and _, at most 48',
  })
}

export type TableName = { readonly schema: string; readonly table: string }

/** 'engine.message' -> { schema: 'engine', table: 'message' } */
export function parseTableName(name: string): TableName {
  const [schema = '', table = '', ...rest] = name.split('.')
  if (rest.length > 0) parseIdentifier(name)
  return { schema: parseIdentifier(schema), table: parseIdentifier(table) }
}
