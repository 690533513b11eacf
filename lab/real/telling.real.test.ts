import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { homeAssistant } from '../../src/adapters/home-assistant/home-assistant.ts'
import { callService } from '../../src/adapters/home-assistant/service.ts'
import { homeAssistantNotifier } from '../../src/adapters/notify/home-assistant.ts'
import { Secret } from '../../src/core/secret.ts'
import { installation } from './installation.ts'
import { startRealHomeAssistant, type RealHomeAssistant } from './start.ts'
import { z } from 'zod'

// What we tell Home Assistant, read back from Home Assistant.

const found = await installation('newest')
const skip = 'missing' in found && found.missing

async function realHome(t: TestContext): Promise<RealHomeAssistant> {
  if ('missing' in found) throw new Error(found.missing)
  const home = await startRealHomeAssistant(found)
  t.after(() => home.close())
  return home
}

const notifications = z.array(z.object({ notification_id: z.string(), message: z.string() }))

test('a notification is there until it is mended', { skip }, async (t) => {
  const home = await realHome(t)
  const { session } = homeAssistant({
    url: home.url,
    token: new Secret('token', home.token),
    names: [],
    ours: () => Promise.resolve([]),
    configurationFolder: undefined,
  })
  const shown = async () => {
    await using open = await session(new AbortController().signal)
    return (await open.command({ type: 'persistent_notification/get' }, notifications)).filter(
      ({ notification_id: id }) => id.startsWith('gatehouse_'),
    )
  }
  const notifier = homeAssistantNotifier(callService(session))
  const never = new AbortController().signal
  const notice = {
    is: 'opened',
    home: 'ha.example.com',
    code: 'zone/paused',
    severity: 'broken',
    link: 'cloudflare',
    says: 'the zone is paused',
    hint: 'resume it',
    at: '2026-11-25T10:00:00.000Z',
  } as const
  await notifier.notify(notice, never)
  await notifier.notify(notice, never)
  const [one, ...more] = await shown()
  assert.equal(one?.notification_id, 'gatehouse_zone_paused')
  assert.match(one.message, /^The zone is paused\.\nWhat to do: resume it\./)
  assert.deepEqual(more, [], 'told twice, shown once')
  await notifier.notify({ ...notice, is: 'mended' }, never)
  assert.deepEqual(await shown(), [])
})
