import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { serviceManager } from '../../src/adapters/system/service-manager.ts'
import { newBoard } from '../../src/keeper/board.ts'
import { reportService } from '../../src/keeper/service.ts'
import { until } from './server.ts'

const missing = ['/usr/bin/systemd-notify', '/usr/bin/python3'].filter((file) => !existsSync(file))
const skip = missing.length > 0 && `there is no ${missing.join(' and no ')}`

test(
  'systemd hears that we are ready, that we live while we do, and that we stop',
  { skip },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-service-'))
    t.after(() => rm(folder, { recursive: true }))
    const socket = join(folder, 'notify')
    const listener = spawn('python3', [join(import.meta.dirname, 'datagrams.py'), socket])
    t.after(() => listener.kill())
    let said = ''
    listener.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    listener.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const heard = (): string[] =>
      said
        .split('\n')
        .filter((line) => line.startsWith('['))
        .flatMap((line) => JSON.parse(line) as string[])
    await until(
      () => said.includes('ready'),
      () => said,
    )
    const manager = serviceManager({
      NOTIFY_SOCKET: socket,
      WATCHDOG_USEC: '400000',
      WATCHDOG_PID: String(process.pid),
    })
    assert.ok(manager)
    const stopping = new AbortController()
    let lives = true
    const failures: unknown[] = []
    const reporting = reportService(
      {
        manager,
        board: newBoard({ safeguards: [], now: () => new Date() }),
        alive: () => lives,
        problem: (error) => failures.push(error),
      },
      stopping.signal,
    )
    const beats = (): number => heard().filter((each) => each === 'WATCHDOG=1').length
    await until(
      () => beats() >= 3,
      () => said,
    )
    assert.deepEqual(heard().slice(0, 2), ['READY=1', 'STATUS=not proven yet'])
    assert.equal(heard().filter((each) => each.startsWith('STATUS=')).length, 1, 'only what is new')

    lives = false
    await new Promise((done) => setTimeout(done, 1000))
    const before = beats()
    await new Promise((done) => setTimeout(done, 2000))
    assert.equal(beats(), before, 'a loop that does not go on feeds no watchdog')

    stopping.abort()
    await reporting
    await until(
      () => heard().includes('STOPPING=1'),
      () => said,
    )
    assert.deepEqual(failures, [])
  },
)

test('nobody is told where nobody asks', () => {
  assert.equal(serviceManager({}), undefined)
  assert.equal(
    serviceManager({ NOTIFY_SOCKET: '/x', WATCHDOG_USEC: '1000', WATCHDOG_PID: '1' })?.watchdog,
    undefined,
    'the watchdog is for another process',
  )
})
