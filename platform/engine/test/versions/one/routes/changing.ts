import { type RouteDefinition, route } from '@samband/route'
import { memory, notes } from '../../../harness.ts'

const changing: RouteDefinition = route('changing', { version: '1.0.0', owner: 'team', purpose: 'test' })
  .from(memory('in'))
  .parse(notes)
  .orderBy(note => note.key)
  .to('out', memory('out'), {
    retry: { backoff: '20ms', max: '50ms' },
    map: note => `${note.key}|${note.controlId}|one`,
  })
  .to('second', memory('second'), { map: note => note.controlId })
  .onError({ deadLetter: 'changing' })
export default changing
