import { type Migration, tenantPolicySql } from '@samband/store'

/**
 * What was applied, and the sources of it. A source is named by its content and never changes; a deployment changes its state
 * only. All of it is small beside the journal and is kept, so that a message of years ago can be run on its own revision.
 */
export const deployMigrations: readonly Migration[] = [
  {
    id: 1,
    name: 'deployment',
    sql: `
      create table deploy.source (
        tenant int not null,
        id text not null,
        hash text not null,
        archive bytea not null,
        created_at timestamptz not null default now(),
        primary key (tenant, id)
      );
      comment on column deploy.source.id is 'SHA-256 of the archive';
      comment on column deploy.source.hash is 'what revisions carry after the plus sign';

      create table deploy.revision (
        tenant int not null,
        route text not null,
        revision text not null,
        source text not null,
        file text not null,
        primary key (tenant, route, revision)
      );

      create table deploy.deployment (
        tenant int not null,
        id int not null,
        at timestamptz not null default now(),
        actor text not null,
        reason text not null,
        state text not null check (state in ('applying', 'current', 'superseded', 'failed')),
        rolled_back_to int,
        error text,
        routes jsonb not null,
        primary key (tenant, id)
      );
      create unique index deployment_current on deploy.deployment (tenant) where state = 'current';

      create table deploy.process (
        tenant int not null,
        process text not null,
        deployment int,
        error text,
        seen_at timestamptz not null default now(),
        primary key (tenant, process)
      );
      ${tenantPolicySql('deploy.deployment', ['select'])}
      ${tenantPolicySql('deploy.process', ['select'])}
      ${tenantPolicySql('deploy.source', ['select'])}
      ${tenantPolicySql('deploy.revision', ['select'])}
    `,
  },
]
