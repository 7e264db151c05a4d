import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { samband } from './cli.ts'

const good = [
  'MSH|^~\\&|EHR|HOSP|LIS|HOSP|20260101120000||ADT^A01^ADT_A01|MSG00001|P|2.5.1',
  'EVN|A01|20260101120000',
  'PID|1||13916900216^^^FNR&2.16.578.1.12.4.1.4.1&ISO^NNNOR||Nordmann^Kari||19690119|F',
  'PV1|1|I|W1^12',
  '',
].join('\r')
const bad = good.replace('||13916900216^^^FNR&2.16.578.1.12.4.1.4.1&ISO^NNNOR', '||')

const profile = `<HL7v2xConformanceProfile HL7Version="2.5.1"><MetaData Name="wards"/>
<HL7v2xStaticDef MsgType="ADT" EventType="A01"><Segment Name="MSH" Usage="R"/><Segment Name="EVN" Usage="R"/>
<Segment Name="PID" Usage="R"/><Segment Name="PV1" Usage="X"/></HL7v2xStaticDef></HL7v2xConformanceProfile>`

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samband-validate-'))
  await writeFile(join(folder, 'good.hl7'), good)
  await writeFile(join(folder, 'bad.hl7'), bad)
  await writeFile(join(folder, 'profile.xml'), profile)
  await writeFile(join(folder, 'bomb.xml'), `<!DOCTYPE a [<!ENTITY b "c">]>${profile}`)
})
after(() => rm(folder, { recursive: true }))

test('validate names what is wrong by path and HL7 code, and ends with 1', async () => {
  const { code, stdout } = await samband(['hl7', 'validate', 'bad.hl7'], { cwd: folder })
  assert.equal(code, 1)
  assert.equal(stdout, 'bad.hl7 1\nerror        PID-3  101  Patient Identifier List is required\n1 error\n')
  const lenient = await samband(['hl7', 'validate', 'bad.hl7', '--level', 'lenient', '--json'], { cwd: folder })
  assert.equal(lenient.code, 0)
  const row = JSON.parse(lenient.stdout) as { ok: boolean; issues: { severity: string }[] }
  assert.deepEqual([row.ok, row.issues[0]?.severity], [true, 'warning'])
})

test('validate writes the acknowledgement that the sender would get', async () => {
  const { stdout } = await samband(['hl7', 'validate', 'bad.hl7', '--ack'], { cwd: folder })
  const lines = stdout.split('\r')
  assert.equal(lines[1], 'MSA|AE|MSG00001|1 error')
  assert.match(lines[2] ?? '', /^ERR\|\|PID\^1\^3\^1\|101\^Required field missing\^HL70357\|E\|field-missing/)
})

test('validate counts kinds over many messages', async () => {
  const { code, stdout } = await samband(['hl7', 'validate', 'bad.hl7', 'good.hl7', '--summary'], { cwd: folder })
  assert.equal(code, 1)
  assert.match(stdout, /^2 messages, 1 with errors; 1 errors/)
})

test('validate holds messages to a profile, and refuses one with a DOCTYPE', async () => {
  const { code, stdout } = await samband(
    ['hl7', 'validate', 'good.hl7', '--profile', 'profile.xml', '--level', 'lenient'],
    { cwd: folder },
  )
  assert.equal(code, 1)
  assert.match(stdout, /PV1 .*The profile does not use PV1 here \(profile wards\)/)
  const bomb = await samband(['hl7', 'validate', 'good.hl7', '--profile', 'bomb.xml'], { cwd: folder })
  assert.equal(bomb.code, 2)
})
