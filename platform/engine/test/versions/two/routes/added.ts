import { type RouteDefinition, route } from '@samband/route'
import { memory, notes } from '../../../harness.ts'

const added: RouteDefinition = route('added', {
  version: '1.0.0',
  owner: 'team',
  purpose: 'test',
  dependsOn: ['changing'],
})
  .from(memory('other'))
  .parse(notes)
  .to('second', memory('second'), { map: note => note.text })
  .onError({ deadLetter: 'added' })
export default added
