import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'

import { startCloudflare } from '../../lab/simulators/cloudflare/cloudflare.ts'
import { readYaml } from '../config/read.ts'
import { resolve } from '../config/resolve.ts'
import { configurationSchema } from '../config/schema.ts'
import { composeCloud } from './cloud.ts'

test('one look at the records asks for the zone once, and the next asks again', async (t) => {
  const cloudflare = await startCloudflare()
  t.after(() => cloudflare.close())
  const account = cloudflare.account('home')
  const zone = cloudflare.zone('example.com', account)
  const token = cloudflare.token(account, ['zone:read', 'dns:edit'])
  const raw = `
names: [ha.example.com]
cloudflare: { token: ${token.value}, zone_id: ${zone.id}, base_url: "${cloudflare.baseUrl}" }
`
  const { settings } = resolve(configurationSchema.parse(readYaml(raw).value), tmpdir(), new Map())
  assert.ok(settings)
  let time = Date.now()
  const asked: string[] = []
  const cloud = composeCloud(settings, {
    now: () => new Date(time),
    random: () => 0,
    observeCall: ({ path }: { path: string }) => void asked.push(path),
  })
  const { signal } = new AbortController()
  const look = () =>
    Promise.all([
      cloud.zoneNow(signal),
      cloud.records(signal).then((records) => records.all(signal)),
    ])

  for (const looks of [1, 2, 3]) {
    await look()
    assert.equal(asked.filter((path) => path.endsWith(`/zones/${zone.id}`)).length, looks)
    assert.equal(asked.length, 2 * looks)
    time += 300_000
  }
})
