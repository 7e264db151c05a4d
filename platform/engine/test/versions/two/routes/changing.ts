import { drop, type RouteDefinition, route } from '@samband/route'
import { memory, notes } from '../../../harness.ts'

const changing: RouteDefinition = route('changing', { version: '1.1.0', owner: 'team', purpose: 'test' })
  .from(memory('in'))
  .parse(notes)
  .orderBy(note => note.key)
  .filter('no-noise', note => (note.text === 'noise' ? drop('noise') : true))
  .to('out', memory('out'), {
    retry: { backoff: '10ms', max: '50ms' },
    map: note => `${note.key}|${note.controlId}|two`,
  })
  .to('second', memory('second'), { map: note => note.controlId })
  .onError({ deadLetter: 'changing' })
export default changing
