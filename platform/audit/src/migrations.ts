import { type Migration, tenantPolicySql } from '@samband/store'

/**
 * Append-only: a trigger refuses what would change or remove an event, also for the owner of the table, except within
 * `prune`. The log is kept for years and is small beside the journal, so it is one table; each index serves one question of
 * the privacy officer, newest first.
 */
export const auditMigrations: readonly Migration[] = [
  {
    id: 1,
    name: 'event',
    sql: `
      create table audit.event (
        tenant int not null,
        id int8 not null,
        actor text not null,
        actor_kind text not null check (actor_kind in ('person', 'token', 'system')),
        action text not null,
        subject_kind text,
        subject_id text,
        patient int8,
        outcome text not null check (outcome in ('success', 'failure')),
        purpose text,
        detail jsonb not null,
        address text,
        primary key (tenant, id),
        check ((subject_kind is null) = (subject_id is null))
      );
      comment on column audit.event.id is 'holds the time, see the ids of the store';
      comment on column audit.event.patient is 'keyed hash, see the blind index of the store';
      create index event_actor on audit.event (tenant, actor, id);
      create index event_subject on audit.event (tenant, subject_kind, subject_id, id) where subject_id is not null;
      create index event_patient on audit.event (tenant, patient, id) where patient is not null;

      create function audit.refuse_change() returns trigger language plpgsql as $$
      begin
        if current_setting('samband.audit_prune', true) is distinct from 'on' then
          raise exception 'the audit log is append-only' using errcode = '42501';
        end if;
        return null;
      end $$;
      create trigger append_only before update or delete or truncate on audit.event
        for each statement execute function audit.refuse_change();
      ${tenantPolicySql('audit.event', ['select'])}
    `,
  },
]
