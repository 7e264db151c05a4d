import { membershipTablesSql } from './membership/tables.ts'

/** Processes and lanes; and whose job a bulk action is. */
export const membershipSql: string = `
  ${membershipTablesSql}
  alter table engine.job add column epoch int8;
`
