import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, beforeEach, suite, test } from 'node:test'

import { newId, type DnsRecord } from '../simulators/cloudflare/state.ts'
import { tool } from '../toolbox/tool.ts'
import { withFile } from '../toolbox/with-file.ts'
import { startWorld, type World } from './cloudflare-world.ts'
import { run, type Ran } from '../toolbox/run.ts'

// ddclient, the updater that most homes have, unmodified: it looks the record up and changes its address.

const ddclient = await tool('ddclient')

suite('ddclient, protocol cloudflare', { skip: 'missing' in ddclient && ddclient.missing }, () => {
  let world: World
  before(async () => {
    world = await startWorld()
  })
  after(() => world.close())
  beforeEach(() => {
    world.zone.records = [record('A', '203.0.113.7'), record('AAAA', '2001:db8::7')]
    world.cloudflare.api.log.length = 0
  })

  /** Lets it look after the address that the command below finds; everything else is as in a home. */
  const update = async (token: string, version: 'v4' | 'v6', address: string): Promise<Ran> => {
    if ('missing' in ddclient) throw new Error(ddclient.missing)
    const finder = join(world.folder, 'address')
    await writeFile(finder, `#!/bin/sh\necho ${address}\n`, { mode: 0o755 })
    const configuration = join(world.folder, 'ddclient.conf')
    const lines = [
      `ssl_ca_file=${world.roots}`,
      'protocol=cloudflare',
      `use${version}=cmd${version}, cmd${version}=${finder}`,
      'zone=example.com',
      'login=token',
      `password=${token}`,
      'ha.example.com',
    ]
    await writeFile(configuration, `${lines.join('\n')}\n`, { mode: 0o600 })
    const cache = join(world.folder, newId())
    const words = ['-file', configuration, '-cache', cache, '-daemon=0', '-verbose', '-noquiet']
    return await run(withFile('/etc/hosts', world.hosts, [...ddclient.command, ...words]))
  }
  const seen = (): string[] =>
    world.zone.records.map(({ type, content, proxied }) => `${type} ${content} ${proxied}`)

  test('moves the record to the new address and leaves it proxied', async () => {
    const { text } = await update(world.token.value, 'v4', '203.0.113.99')
    assert.deepEqual(seen(), ['A 203.0.113.99 true', 'AAAA 2001:db8::7 true'], text)
    assert.match(text, /SUCCESS:.*ha\.example\.com/u)
  })

  test('moves the IPv6 record by itself', async () => {
    const { text } = await update(world.token.value, 'v6', '2001:db8::99')
    assert.deepEqual(seen(), ['A 203.0.113.7 true', 'AAAA 2001:db8::99 true'], text)
  })

  test('changes nothing with a token that is not known', async () => {
    const { text } = await update('cfut_0000000000000000000000000000', 'v4', '203.0.113.99')
    assert.deepEqual(seen(), ['A 203.0.113.7 true', 'AAAA 2001:db8::7 true'])
    assert.match(text, /(?:FAILED|WARNING|ERROR)/u)
  })
})

const record = (type: string, content: string): DnsRecord => ({
  id: newId(),
  type,
  name: 'ha.example.com',
  content,
  proxied: true,
  ttl: 1,
  comment: null,
  createdOn: '2026-11-01T00:00:00Z',
  modifiedOn: '2026-11-01T00:00:00Z',
})
