import { tenantPolicySql } from '@samband/store'

/** Who follows the change feed, and how far each has come. */
export const feedMigrationSql: string = `
  create table hub.follower (
    tenant int not null,
    name text collate "C" not null,
    seq int8 not null,
    owner text,
    lease_until timestamptz,
    moved_at timestamptz not null default now(),
    primary key (tenant, name)
  );
  comment on table hub.follower is 'durable followers of the change feed: all up to seq has been handled';
  comment on column hub.follower.owner is 'the process that handles its changes now, as long as lease_until has not passed';

  ${tenantPolicySql('hub.follower', ['select'])}
`
