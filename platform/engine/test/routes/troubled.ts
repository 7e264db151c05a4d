import { type RouteDefinition, route } from '@samband/route'
import { memory, notes } from '../harness.ts'

/** Does to its thread what the message's text says. */
const troubled: RouteDefinition<{ wards: { nameOf(code: string): Promise<string> } }> = route<{
  wards: { nameOf(code: string): Promise<string> }
}>('troubled', {
  version: '1.0.0',
  owner: 'team',
  purpose: 'test',
  limits: { stepMs: 1_000, heapMb: 48 },
})
  .from(memory('in'))
  .parse(notes)
  .orderBy(note => note.key)
  .call('ward', async (note, { wards }) => (note.text === 'ask' ? { ...note, text: await wards.nameOf('301') } : note))
  .map('do', note => {
    if (note.text === 'spin') for (;;);
    if (note.text === 'leak') {
      const kept: string[][] = []
      for (;;) kept.push('x'.repeat(1_000_000).split(''))
    }
    if (note.text === 'leave') process.exit(3)
    return note
  })
  .call('later', async note => {
    await new Promise(resolve => setImmediate(resolve))
    if (note.text === 'spin-later') for (;;);
    return note
  })
  .to('out', memory('out'), { map: note => `${note.key}|${note.controlId}|${note.text}` })
  .onError({ deadLetter: 'troubled', groupBy: ({ code }) => `because ${code}` })
export default troubled
