import assert from 'node:assert/strict'
import { cp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { test } from 'node:test'

import { startWorld, type World } from '../world/world.ts'

test(
  'renewed and revoked by hand while the house is served, and kept over a reinstall',
  { timeout: 100_000 },
  async (t) => {
    const world = await startWorld({ withVantage: false })
    t.after(() => world.close())
    const { authority, folder } = world
    assert.equal((await world.run(['apply', '--yes'])).code, 0)
    const keeper = await world.start(['run'], /serves/)
    const first = await served(world)

    const refused = await world.run(['certificate', 'renew'])
    assert.equal(refused.code, 64)
    assert.equal(authority.issued.length, 1)

    const renewed = await world.run(['certificate', 'renew', '--yes'])
    assert.equal(renewed.code, 0, renewed.stderr)
    const second = await servedOther(world, first)

    const account = await accountKey(world)
    const revoked = await world.run(['certificate', 'revoke', '--yes', '--json'])
    assert.equal(revoked.code, 0, revoked.stderr)
    const { certificate } = JSON.parse(revoked.stdout) as { certificate: { fingerprint: string } }
    assert.equal(await servedOther(world, second), certificate.fingerprint)
    assert.deepEqual(
      authority.issued.map((each) => each.revoked),
      [false, true, false],
    )
    assert.notEqual(await accountKey(world), account)

    // A new machine: the program, the configuration, and the data folder of the old one.
    keeper.kill('SIGTERM')
    await new Promise((resolve) => keeper.on('exit', resolve))
    await cp(join(folder, 'gatehouse-data'), join(folder, 'moved'), {
      recursive: true,
      verbatimSymlinks: true,
    })
    await rm(join(folder, 'gatehouse-data'), { recursive: true })
    const again = await world.run(['apply', '--yes', '--data', 'moved'])
    assert.match(again.stdout, /nothing to do/)
    const more = await world.run(['certificate', 'renew', '--yes', '--data', 'moved'])
    assert.equal(more.code, 0, more.stderr)
    assert.equal(new Set(authority.issued.map((each) => each.account)).size, 1)
  },
)

async function accountKey({ folder, authority }: World): Promise<string> {
  const account = join(folder, 'gatehouse-data/account')
  const texts = await Promise.all(
    (await readdir(account)).map((name) => readFile(join(account, name), 'utf8')),
  )
  return texts.find((text) => text.includes(new URL(authority.directoryUrl).origin)) ?? ''
}

/** The fingerprint of what the gateway shows at home. */
function served({ addresses, port, name }: World): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: addresses.home,
      port,
      servername: name,
      rejectUnauthorized: false,
    })
    socket.on('error', reject)
    socket.on('secureConnect', () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '')
      socket.destroy()
    })
  })
}

async function servedOther(world: World, before: string): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const now = await served(world)
    if (now !== before) return now
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the gateway still serves the certificate before')
}
