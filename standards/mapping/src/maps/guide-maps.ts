import { GUIDE_CONCEPT_MAPS } from '../generated/concept-maps.ts'
import { GUIDE_DATA_TYPES } from '../generated/datatypes.ts'
import { GUIDE_MESSAGES } from '../generated/messages.ts'
import { GUIDE_SEGMENTS } from '../generated/segments.ts'
import type { GuideElements } from './guide-tables.ts'
import type { ElementMap, MapRow, MapSet } from './map-row.ts'
import { mapKey } from './map-row.ts'

/** The guide's maps as they are in its sheets. */
export function guideMaps(): MapSet {
  return {
    messages: new Map(
      Object.entries(GUIDE_MESSAGES).map(([name, { structure, rows }]) => [
        name,
        {
          structure,
          rows: rows.map(([at, when, target, using, references]) => ({
            at,
            target,
            using,
            ...(when === '' ? {} : { when }),
            ...(references === '' ? {} : { references }),
          })),
        },
      ]),
    ),
    segments: elementMaps(GUIDE_SEGMENTS),
    dataTypes: elementMaps(GUIDE_DATA_TYPES),
    concepts: new Map(
      Object.entries(GUIDE_CONCEPT_MAPS).map(([name, { table, rows }]) => [
        mapKey(name),
        {
          table,
          codes: new Map(
            rows.map(([code, to, display, system]) => [
              code,
              { code: to, ...(display === '' ? {} : { display }), ...(system === '' ? {} : { system }) },
            ]),
          ),
        },
      ]),
    ),
  }
}

function elementMaps(tables: GuideElements): Map<string, ElementMap> {
  return new Map(
    Object.entries(tables).map(([name, rows]) => {
      const map = new Map<string, MapRow[]>()
      for (const [source, when, written, using, vocabulary, assigned] of rows) {
        // Some sheets write the constant into the target: `type.coding.code="PLAC"`.
        const [to = '', inline = ''] = written.split('=')
        const value = assigned === '' ? inline : assigned
        const row = {
          to,
          ...(when === '' ? {} : { when }),
          ...(using === '' ? {} : { using }),
          ...(vocabulary === '' ? {} : { vocabulary }),
          ...(value === '' ? {} : { value }),
        }
        const key = source
        map.set(key, [...(map.get(key) ?? []), row])
      }
      return [mapKey(name), map] as const
    }),
  )
}
