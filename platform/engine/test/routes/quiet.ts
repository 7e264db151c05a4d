import { type RouteDefinition, route } from '@samband/route'
import { memory, notes } from '../harness.ts'

const quiet: RouteDefinition = route('quiet', { version: '2.1.0', owner: 'team', purpose: 'test' })
  .from(memory('other'))
  .parse(notes)
  .dedupe({ key: note => note.controlId, window: '1d' })
  .orderBy(note => note.key)
  .to('second', memory('second'), { map: note => note.text })
  .onError({ deadLetter: 'quiet' })
export default quiet
