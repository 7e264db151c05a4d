import { tenantPolicySql } from '@samband/store'

/**
 * Jobs that compute the index rows of stored resources again, and which definitions each process indexes with.
 *
 * A job: queued → waiting → running → done, or cancelled from each of the three before. `reindex-worker.ts` tells what
 * happens in each.
 */
export const reindexMigrationSql: string = `
  create table hub.reindex (
    tenant int not null,
    job int8 generated always as identity,
    state text collate "C" not null default 'queued' check (state in ('queued', 'waiting', 'running', 'done', 'cancelled')),
    paused boolean not null default false,
    reason text collate "C" not null,
    caller text not null,
    types text[] not null,
    parameters text[] not null default '{}',
    seq int8 not null default 0,
    index_version int not null,
    at_type text collate "C" not null default '',
    after_rid int8 not null default 0,
    done int8 not null default 0,
    changed int8 not null default 0,
    total int8 not null default 0,
    trouble text,
    owner text,
    lease_until timestamptz,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    moved_at timestamptz not null default now(),
    ended_at timestamptz,
    primary key (tenant, job)
  );
  create index reindex_open on hub.reindex (tenant, state) where state in ('queued', 'waiting', 'running');
  comment on column hub.reindex.parameters is 'Type.code: what cannot be searched by until this is done';
  comment on column hub.reindex.seq is 'the change of a definition that it came from: processes must index with it before a resource is read';
  comment on column hub.reindex.at_type is 'with after_rid: all before that, in the order of types and rids, is done';

  create table hub.indexer (
    tenant int not null,
    node int not null,
    pid int not null,
    started timestamptz not null,
    seq int8 not null,
    index_version int not null,
    primary key (tenant, node)
  );
  comment on table hub.indexer is 'what each process indexes new versions with: definitions up to seq; it lives as long as its connection (pid and start)';

  ${['reindex', 'indexer'].map(table => tenantPolicySql(`hub.${table}`, ['select'])).join('\n')}
`

/** The packages that each process indexes with: a digest of what `package-changes.ts` keeps in the settings. */
export const packagesMigrationSql: string = `
  alter table hub.indexer add column packages text collate "C" not null default md5('{}');
`
