import { randomUUID } from 'node:crypto'
import type { Pair } from '@samband/fhir/search'
import type { HubContext } from '../hub-context.ts'
import { HubError } from '../hub-error.ts'
import { bundleText } from '../http/bundle-text.ts'
import type { OperationAnswer, OperationCall, OperationHandler } from '../http/operation-answers.ts'
import { cursorParameter, pageLinks } from '../http/page-links.ts'
import { patientsOf as patientsIn } from '../http/patients.ts'
import { readResource } from '../interactions/read.ts'
import { Runner } from '../search/run-statement.ts'
import { nameOf } from '../storage/hub-store.ts'
import type { ResourceName } from '../storage/stored.ts'
import { type EverythingCursor, formatCursor, parseCursor } from './everything-cursor.ts'
import { type EverythingOptions, readOptions } from './everything-options.ts'
import { linksIn } from './everything-links.ts'
import { compare, comparePlaces, type MemberPlace, memberPlaces, readMembers } from './everything-members.ts'
import { outsideOf, patientsOf } from './everything-outside.ts'
import { refuseLevel } from './operation-input.ts'

/**
 * `Patient/$everything` and `Encounter/$everything` (FHIR R4 patient-operation-everything, encounter-operation-everything):
 * the resource, all in its compartment, and once each what those refer to outside it, as far as the caller may read. In one
 * Bundle, or with `_count` in pages; also without it what is more than `everythingMax` resources continues on a next page.
 *
 * `Patient/$everything` without an id is that of the patient in the caller's context; all patients at once are refused, as the
 * standard allows. Not found are resources that name an encounter by an extension alone.
 */
export const everything: OperationHandler = async (context, call) => {
  const focus = focusOf(call)
  const options = readOptions(call)
  const { caller, signal } = call
  const stored = await readResource(context, { caller, ...focus })
  const runner = new Runner(context, signal === undefined ? {} : { signal })
  const cursor = options.cursor === undefined ? undefined : parseCursor(options.cursor)
  const page = new Page(context, options)
  const { dates } = options
  const members = new Set([nameOf(focus)])
  const mentioned = new Map<string, ResourceName>()
  const mention = (member: ResourceName & { readonly content: string }): void => {
    members.add(nameOf(member))
    for (const name of linksIn(context, member.content)) mentioned.set(nameOf(name), name)
  }
  mention(stored)
  if (cursor === undefined) page.add(stored, 'match', undefined)
  const places = await memberPlaces(context, runner, { caller, focus, dates })
  const given = cursor === undefined ? 0 : places.findLastIndex(place => !isBehind(cursor, place)) + 1
  for await (const batch of readMembers(context, runner, caller, places.slice(given))) {
    for (const member of batch) {
      mention(member)
      page.add(member, 'match', { phase: 'members', type: member.type, rid: member.rid })
    }
    if (page.isClosed) return answer(context, call, focus, options, page)
  }
  // What earlier pages gave has its part in what is outside.
  for await (const batch of readMembers(context, runner, caller, places.slice(0, given))) batch.forEach(mention)
  const patients = new Set(focus.type === 'Patient' ? [focus.id] : patientsOf(context, stored))
  for (const outside of await outsideOf(context, { caller, members, mentioned, patients })) {
    const { type, id } = outside
    if (cursor?.phase === 'outside' && (compare(type, cursor.type) || compare(id, cursor.id)) <= 0) continue
    page.add(outside, 'include', { phase: 'outside', type, id })
  }
  return answer(context, call, focus, options, page)
}

function isBehind(cursor: EverythingCursor, place: MemberPlace): boolean {
  return cursor.phase === 'members' && comparePlaces(place, cursor) > 0
}

/** @throws HubError 404 where there is no such operation, 400 where it would be about all patients */
function focusOf({ type, id, caller }: OperationCall): ResourceName {
  if (type !== 'Patient' && type !== 'Encounter') refuseLevel('$everything is there for Patient and Encounter')
  if (id !== undefined) return { type, id }
  if (type === 'Encounter') refuseLevel('$everything of an encounter is called at the encounter')
  if (caller.patient !== undefined) return { type, id: caller.patient }
  throw new HubError({
    code: 'patient-needed',
    category: 'incorrect',
    message:
      '$everything is asked of one patient: Patient/[id]/$everything, or with a patient in the context of the token',
    issues: [
      {
        severity: 'error',
        type: 'too-costly',
        code: 'patient-needed',
        text: '$everything is asked of one patient: Patient/[id]/$everything, or with a patient in the context of the token',
      },
    ],
  })
}

type Entry = ResourceName & { readonly content: string; readonly at: number }

/** Takes resources in order until it is full; then it knows where the next page begins. */
class Page {
  readonly entries: (Entry & { readonly mode: 'match' | 'include' })[] = []
  readonly #options: EverythingOptions
  readonly #entriesMax: number
  readonly #charactersMax: number
  #characters = 0
  #last: EverythingCursor | undefined
  #next: EverythingCursor | undefined

  constructor({ limits }: HubContext, options: EverythingOptions) {
    this.#options = options
    this.#entriesMax = Math.min(options.count ?? limits.everythingMax, limits.everythingMax)
    this.#charactersMax = limits.everythingCharactersMax
  }

  /** `cursor`: where a page begins that comes after this; none after the focus, which is first. */
  add(entry: Entry, mode: 'match' | 'include', cursor: EverythingCursor | undefined): void {
    if (this.#next !== undefined || !this.#wanted(entry)) return
    const isFull =
      this.entries.length >= this.#entriesMax || this.#characters + entry.content.length > this.#charactersMax
    // One resource alone always fits: else its page would never come.
    if (isFull && this.entries.length > 0) {
      this.#next = this.#last ?? { phase: 'members', type: '', rid: 0 }
      return
    }
    this.entries.push({ ...entry, mode })
    this.#characters += entry.content.length
    this.#last = cursor
  }

  /** Nothing more goes in. */
  get isClosed(): boolean {
    return this.#next !== undefined
  }

  get next(): string | undefined {
    return this.#next === undefined ? undefined : formatCursor(this.#next)
  }

  #wanted({ type, at }: Entry): boolean {
    const { types, sinceMs } = this.#options
    return (types === undefined || types.has(type)) && (sinceMs === undefined || at > sinceMs)
  }
}

function answer(
  context: HubContext,
  { type, id, general }: OperationCall,
  focus: ResourceName,
  options: EverythingOptions,
  page: Page,
): OperationAnswer {
  const { baseUrl } = context
  const address = `${baseUrl}/${type}${id === undefined ? '' : `/${id}`}/$everything`
  const { next, entries } = page
  const pairs: readonly Pair[] =
    options.cursor === undefined ? options.pairs : [...options.pairs, [cursorParameter, options.cursor]]
  const isWhole = next === undefined && options.cursor === undefined
  const text = bundleText(
    context,
    {
      type: 'searchset',
      id: randomUUID(),
      total: isWhole ? entries.filter(({ mode }) => mode === 'match').length : undefined,
      links: pageLinks(address, pairs, { next }),
      entries: entries.map(each => ({
        fullUrl: `${baseUrl}/${nameOf(each)}`,
        resource: each.content,
        search: { mode: each.mode },
      })),
    },
    general,
  )
  const resources = entries.map(each => ({ type: each.type, id: each.id }))
  const patients = patientsIn(
    context,
    [focus, ...resources],
    entries.map(({ content }) => content),
  )
  return { text, resources, patients }
}
