import { type RouteDefinition, route } from '@samband/route'
import { memory, notes } from '../../../harness.ts'

const changing: RouteDefinition = route('changing', { version: '1.2.0', owner: 'team', purpose: 'test' })
  .from(memory('in'))
  .parse(notes)
  .orderBy(note => note.key)
  .to('out', memory('out'), {
    retry: { backoff: '10ms', max: '50ms' },
    map: note => `${note.key}|${note.controlId}|one`,
  })
  .onError({ deadLetter: 'changing' })
export default changing
