import type { Migration } from '@samband/store'
import { membershipSql } from './membership-migration.ts'
import { retentionClassesSql } from './retention-classes-migration.ts'

/**
 * The journal: what came in (`message`), everything that happened to it (`event`), and their contents (`body`), all
 * append-only. A delivered message costs one row in each of the first two, a share of one in the third, and no update.
 */
export const engineMigrations: readonly Migration[] = [
  {
    id: 1,
    name: 'journal',
    sql: `
      create table engine.route_revision (
        tenant int4 not null,
        id int4 not null,
        route text not null,
        revision text not null,
        first_seen timestamptz not null default now(),
        primary key (tenant, id),
        unique (tenant, route, revision)
      );

      create table engine.message (
        tenant int4 not null,
        id int8 not null,
        origin int8,
        dedupe int8,
        revision int4 not null,
        size int4 not null,
        verb int2,
        type text,
        control_id text,
        peer text not null,
        terms int8[],
        body bytea not null,
        primary key (tenant, id)
      ) partition by range (id);
      alter table engine.message alter column body set storage external;
      create index message_terms on engine.message using gin (terms);
      create index message_dedupe on engine.message (tenant, dedupe, id) where dedupe is not null;
      create index message_origin on engine.message (tenant, origin) where origin is not null;

      create table engine.event (
        tenant int4 not null,
        message_id int8 not null,
        id int8 not null,
        key int8,
        ref int8,
        part int4 not null,
        owed int4 not null,
        attempt int4 not null,
        kind int2 not null,
        destination text,
        step text,
        code text,
        detail text,
        actor text,
        reason text,
        output bytea,
        reply bytea,
        primary key (tenant, message_id, id)
      ) partition by range (id);
      alter table engine.event alter column output set storage external;
      alter table engine.event alter column reply set storage external;
      create index event_exceptional on engine.event (tenant, kind, id) where kind <> 1;

      create table engine.refusal (
        tenant int4 not null,
        id int8 not null,
        size int4 not null,
        route text not null,
        endpoint text not null,
        peer text not null,
        code text not null,
        detail text not null,
        body bytea,
        primary key (tenant, id)
      ) partition by range (id);

      create table engine.checkpoint (
        tenant int4 not null,
        route text not null,
        low_id int8 not null,
        primary key (tenant, route)
      );

      create table engine.job (
        tenant int4 not null,
        id int8 not null,
        verb text not null,
        state text not null,
        total int4 not null,
        done int4 not null,
        failed int4 not null,
        actor text not null,
        reason text not null,
        per_second int4,
        items jsonb not null,
        last_error text,
        ended_at timestamptz,
        primary key (tenant, id)
      );
    `,
  },
  { id: 2, name: 'retention-classes', sql: retentionClassesSql },
  { id: 3, name: 'membership', sql: membershipSql },
]
