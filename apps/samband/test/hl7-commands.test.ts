import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { samband } from './cli.ts'

const admission = [
  'MSH|^~\\&|EHR|HOSP|LIS|HOSP|20260101120000||ADT^A01^ADT_A01|MSG00001|P|2.5.1',
  'EVN|A01|20260101120000',
  'PID|1||13916900216^^^FNR&2.16.578.1.12.4.1.4.1&ISO^NN||Nordmann^Kari||19690119|F',
  'PV1|1|I|W1^12',
  'ZPD|1|Kari liker kaffe',
  '',
].join('\r')

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samband-hl7-'))
  await writeFile(join(folder, 'a.hl7'), admission)
  await writeFile(join(folder, 'b.hl7'), admission.replace('MSG00001', 'MSG2').replace('W1^12', 'W2^12'))
  await writeFile(join(folder, 'key'), 'a key of more than sixteen bytes')
  await writeFile(join(folder, 'rules.json'), JSON.stringify([{ path: 'ZPD', as: 'keep' }]))
})
after(() => rm(folder, { recursive: true }))

test('explain names every value, of a file and of a pipe', async () => {
  const { code, stdout } = await samband(['hl7', 'explain', 'a.hl7', '--segment', 'PID'], { cwd: folder })
  assert.equal(code, 0)
  assert.match(stdout, /^PID {2}Patient Identification\n/)
  assert.match(stdout, /PID-8 +Administrative Sex: +F \(Female\)/)
  const piped = await samband(['hl7', 'explain', '-', '--json'], { input: admission + admission })
  const rows = piped.stdout.trim().split('\n')
  assert.equal(rows.length, 2)
  assert.equal((JSON.parse(rows[1] ?? '') as { controlId: string }).controlId, 'MSG00001')
})

test('diff tells what differs and ends with 1, and with 0 where nothing does', async () => {
  const { code, stdout } = await samband(['hl7', 'diff', 'a.hl7', 'b.hl7', '--no-envelope'], { cwd: folder })
  assert.equal(code, 1)
  assert.match(stdout, /^~ PV1-3\.1 {2}W1 → W2 {2}\(Assigned Patient Location \/ Point of Care\)\n$/)
  const same = await samband(['hl7', 'diff', 'a.hl7', 'b.hl7', '--ignore', 'PV1-3', 'MSH-10', '--json'], {
    cwd: folder,
  })
  assert.deepEqual([same.code, same.stdout], [0, ''])
  const wrong = await samband(['hl7', 'diff', 'a.hl7', 'b.hl7', '--ignore', 'PID.3'], { cwd: folder })
  assert.equal(wrong.code, 2)
})

test('redact leaves nobody, is stable under one key, and tells what nothing covered', async () => {
  const first = await samband(['hl7', 'redact', 'a.hl7', '--key-file', 'key'], { cwd: folder })
  const second = await samband(['hl7', 'redact', 'a.hl7', '--key-file', 'key'], { cwd: folder })
  assert.equal(first.code, 0)
  assert.equal(first.stdout, second.stdout)
  assert.doesNotMatch(first.stdout, /Nordmann|Kari|13916900216|19690119/)
  assert.match(first.stderr, /emptied, as nothing covers them: ZPD-1 ZPD-2/)
  const kept = await samband(['hl7', 'redact', 'a.hl7', '--rules', 'rules.json', '--json'], { cwd: folder })
  const row = JSON.parse(kept.stdout) as { message: string; report: { traces: string[] } }
  assert.match(row.message, /ZPD\|1\|[A-Z]\w+ liker kaffe/)
  assert.deepEqual(row.report.traces, ['ZPD-2'])
  assert.match(kept.stderr, /this run only/)
})

test('convert to XML or JSON and back gives the message', async () => {
  for (const form of ['xml', 'json']) {
    const there = await samband(['hl7', 'convert', 'a.hl7', '--to', form], { cwd: folder })
    assert.equal(there.code, 0, there.stderr)
    const back = await samband(['hl7', 'convert', '-', '--to', 'er7'], { input: there.stdout })
    assert.equal(back.stdout, admission)
  }
  const lf = await samband(['hl7', 'convert', 'a.hl7', '--to', 'er7', '--lf'], { cwd: folder })
  assert.equal(lf.stdout, admission.replaceAll('\r', '\n'))
})

test('what is no message is told, and the rest done', async () => {
  const { code, stderr } = await samband(['hl7', 'convert', '-', '--to', 'json'], {
    input: '<ACK><!-- nothing --></ACK>',
  })
  assert.equal(code, 1)
  assert.match(stderr, /standard input 1: The document holds no segment/)
  const missing = await samband(['hl7', 'explain', 'nowhere.hl7'], { cwd: folder })
  assert.equal(missing.code, 7)
})
