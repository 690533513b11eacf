import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'

import { checkout } from '../toolbox/cache.ts'

// The unit, judged by systemd itself. Nothing is started or put in its place.

const there = spawnSync('systemd-analyze', ['--version']).status === 0
const skip = there ? false : 'no systemd-analyze on this machine'
const unit = readFileSync(join(checkout, 'packaging/systemd/gatehouse.service'), 'utf8')

suite('the systemd unit', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-unit-'))
  after(() => rmSync(folder, { recursive: true }))
  const analyze = (...words: string[]) => {
    const { status, stdout, stderr } = spawnSync('systemd-analyze', words, { encoding: 'utf8' })
    return { status, text: `${stdout}${stderr}` }
  }

  test('has nothing that systemd does not know', () => {
    // The program is not installed here, and is not what is judged.
    const file = join(folder, 'gatehouse.service')
    writeFileSync(file, unit.replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true'))
    const { status, text } = analyze('verify', '--man=no', file)
    const own = text.split('\n').filter((line) => line.includes('gatehouse'))
    assert.deepEqual(own, [])
    assert.equal(status, 0, text)
  })

  test('leaves it little that it does not need, by the measure of systemd', () => {
    const file = join(folder, 'measured.service')
    writeFileSync(file, unit)
    const { text } = analyze('security', '--offline=true', '--no-pager', file)
    const level = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(text)?.[1])
    assert.ok(level <= 2, `${level} of 10`)
  })

  test('its user is made as systemd makes users', () => {
    const file = join(checkout, 'packaging/systemd/gatehouse.sysusers.conf')
    const { status, stdout, stderr } = spawnSync('systemd-sysusers', ['--dry-run', file], {
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
    assert.match(`${stdout}${stderr}`, /gatehouse/)
    assert.match(unit, /^User=gatehouse$/m)
  })
})
