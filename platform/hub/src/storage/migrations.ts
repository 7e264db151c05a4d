import { type Migration, tenantPolicySql } from '@samband/store'
import { feedMigrationSql } from '../feed/feed-migration.ts'
import { packagesMigrationSql, reindexMigrationSql } from '../reindex/reindex-migration.ts'
import { searchMigrationSql } from '../search/search-migration.ts'

/**
 * The tables of the hub; docs/hub.md tells why they are as they are, and what was measured against them.
 *
 * `resource` holds the current version of each resource with all that finds it by equality in one array of hashed tokens;
 * it is partitioned by type, so that each type has statistics and indexes of its own. `history` has the versions before,
 * `change` one row for each committed version in the order of commits. What is searched by order (dates, quantities,
 * strings, positions) has narrow tables. Hashes and parameters are those of `keys.ts`. Further parts of the hub keep their
 * own statements beside their code and are numbered here, in the order in which they were released.
 */
export const hubMigrations: readonly Migration[] = [
  {
    id: 1,
    name: 'resources',
    sql: `
      create table hub.setting (
        tenant int not null,
        name text not null,
        value text not null,
        primary key (tenant, name)
      );

      create sequence hub.change_seq;

      create table hub.resource (
        tenant int not null,
        rid int8 not null,
        key int8 not null,
        at int8 not null,
        version int not null,
        deleted boolean not null default false,
        type text collate "C" not null,
        id text collate "C" not null,
        tokens int8[] not null default '{}',
        refs int8[] not null default '{}',
        content text,
        primary key (tenant, type, id),
        check (deleted = (content is null))
      ) partition by list (type);
      comment on column hub.resource.rid is 'sorts by time of creation, see the ids of the store';
      comment on column hub.resource.key is 'hash of Type/id, by which references find it';
      comment on column hub.resource.at is 'meta.lastUpdated, milliseconds since 1970';
      comment on column hub.resource.tokens is 'all that it is found by through equality, hashed';
      comment on column hub.resource.refs is 'pairs of parameter and key of the target';
      -- Not by type first: in a table that was never analysed the planner takes tenant and type together for rare, and this
      -- index for as good as the primary key.
      create unique index resource_rid on hub.resource (tenant, rid, type);
      create index resource_key on hub.resource (tenant, key);
      create index resource_at on hub.resource (tenant, at, rid);
      create index resource_tokens on hub.resource using gin (tokens) with (fastupdate = off);

      create table hub.history (
        tenant int not null,
        version int not null,
        at int8 not null,
        type text collate "C" not null,
        id text collate "C" not null,
        content text,
        primary key (tenant, type, id, version)
      );
      comment on column hub.history.content is 'null where that version was a deletion';

      create table hub.change (
        tenant int not null,
        seq int8 not null default nextval('hub.change_seq'),
        at int8 not null,
        version int not null,
        method text collate "C" not null check (method in ('create', 'update', 'delete')),
        type text collate "C" not null,
        id text collate "C" not null,
        primary key (tenant, seq)
      );
      create index change_type on hub.change (tenant, type, seq);
      comment on table hub.change is 'each committed version, in the order of commits: a follower that has seen a seq has seen all before it';

      create table hub.date (
        tenant int not null,
        param int8 not null,
        low int8 not null,
        high int8 not null,
        rid int8 not null,
        primary key (tenant, param, low, high, rid)
      );
      create index date_rid on hub.date (tenant, rid, param);
      comment on column hub.date.low is 'milliseconds since 1970; open ends are the smallest and largest int8';

      create table hub.quantity (
        tenant int not null,
        param int8 not null,
        low float8 not null,
        high float8 not null,
        unit int8 not null,
        rid int8 not null,
        primary key (tenant, param, low, high, unit, rid)
      );
      create index quantity_rid on hub.quantity (tenant, rid);
      -- A parameter has few units: without this the planner takes them for unrelated.
      create statistics hub.quantity_kind (ndistinct, mcv) on param, unit from hub.quantity;
      comment on column hub.quantity.param is 'of a composite: exclusive or with the code that it pairs the quantity with';
      comment on column hub.quantity.unit is 'hash of system and code, of a value in base units that of the unit; 0 without';

      create table hub.string (
        tenant int not null,
        param int8 not null,
        rid int8 not null,
        value text collate "C" not null,
        primary key (tenant, param, value, rid)
      );
      create index string_rid on hub.string (tenant, rid, param);
      comment on column hub.string.value is 'folded, and cut to what an index can hold';

      create table hub.position (
        tenant int not null,
        param int8 not null,
        latitude float8 not null,
        longitude float8 not null,
        rid int8 not null,
        primary key (tenant, param, latitude, longitude, rid)
      );
      create index position_rid on hub.position (tenant, rid);

      create table hub.term (
        tenant int not null,
        param int8 not null,
        kind text collate "C" not null check (kind in ('code', 'text', 'uri')),
        hash int8 not null,
        value text collate "C" not null,
        primary key (tenant, param, kind, hash)
      );
      create index term_value on hub.term (tenant, param, kind, value);
      comment on table hub.term is 'what tokens were hashed from, where a search needs a beginning, a text or an order';

      ${['setting', 'resource', 'history', 'change', 'date', 'quantity', 'string', 'position', 'term']
        .map(table => tenantPolicySql(`hub.${table}`, ['select']))
        .join('\n')}
    `,
  },
  { id: 2, name: 'feed', sql: feedMigrationSql },
  { id: 3, name: 'reindex', sql: reindexMigrationSql },
  { id: 4, name: 'search', sql: searchMigrationSql },
  { id: 5, name: 'packages', sql: packagesMigrationSql },
]
