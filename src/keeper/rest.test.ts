import assert from 'node:assert/strict'
import { test } from 'node:test'

import { milliseconds } from '../core/duration.ts'
import { newCounters, type Counters } from '../gateway/counters.ts'
import { restWell } from './rest.ts'

/** What it comes to when the gateway does these things, one at each look. */
async function told(...looks: readonly Partial<Counters>[]): Promise<string[]> {
  const heard: string[] = []
  const counters = newCounters()
  const stopping = new AbortController()
  let look = -1
  const gateway = () => {
    const more = looks[look++]
    if (look >= looks.length) stopping.abort()
    for (const name of ['handshakes', 'requests', 'bytesIn', 'bytesOut'] as const)
      counters[name] += more?.[name] ?? 0
    return counters
  }
  const effort = {
    rest: () => void heard.push(`rest at ${look}`),
    work: () => void heard.push(`work at ${look}`),
  }
  const rhythm = { look: milliseconds(1), restAfter: milliseconds(3) }
  await restWell(gateway, effort, stopping.signal, rhythm)
  return heard
}

const page = { requests: 20, bytesOut: 900_000 }
const little = { bytesIn: 100, bytesOut: 5000 }

test('rest comes after a time without requests, and again after as long', async () => {
  assert.deepEqual(await told({}, {}, {}, {}, {}, {}, {}), ['rest at 3', 'rest at 6'])
  assert.deepEqual(await told({}, {}, page, {}, {}), [])
  assert.deepEqual(await told(page, little, little, little), ['rest at 4'])
})

test('work is many requests, handshakes or bytes in one second, and is told once', async () => {
  assert.deepEqual(await told(page, page, page), [])
  assert.deepEqual(await told({ requests: 100 }, { requests: 100 }), ['work at 1'])
  assert.deepEqual(await told({}, { handshakes: 60, requests: 60 }), ['work at 2'])
  assert.deepEqual(await told({ bytesOut: 600_000, bytesIn: 600_000 }), ['work at 1'])
})

test('after work there is rest again, and then work', async () => {
  const echoes = { bytesIn: 800_000, bytesOut: 800_000 }
  assert.deepEqual(await told(echoes, echoes, echoes, echoes, {}, {}, {}, echoes), [
    'work at 1',
    'rest at 7',
    'work at 8',
  ])
})
