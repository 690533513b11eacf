import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { makeIssuer } from '../../../lab/simulators/acme/issuer.ts'
import { dataFolder } from '../../core/data-folder.ts'
import { signingRequest } from '../acme/csr.ts'
import { newKey } from '../acme/jws.ts'
import { copyCertificate, copiedCertificate } from './certificate-copy.ts'
import { accountStore, certificateStore, rehearsalStore } from './certificate-store.ts'

const names = ['ha.example.com']
const now = new Date()
const issuer = await makeIssuer(now)
const directory = 'https://ca.example/directory'

async function pair(certified = names, until = new Date(now.getTime() + 1e9)) {
  const keyPem = newKey()
  const csr = signingRequest(certified, keyPem)
  const leaf = await issuer.sign(csr, certified, new Date(now.getTime() - 1e9), until, false)
  return { chainPem: `${leaf}\n${issuer.chain(false)}\n`, keyPem, directory }
}

async function storeFor(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'gatehouse-store-'))
  t.after(() => rm(root, { recursive: true }))
  const folder = dataFolder(root)
  return { root, folder, store: certificateStore(folder) }
}

test('what is put in use is there for another process, and only for its owner', async (t) => {
  const { folder, store } = await storeFor(t)
  assert.equal(await store.load(), undefined)
  const wanted = await pair()
  await store.install(wanted, names, now)
  assert.deepEqual(await certificateStore(folder).load(), wanted)
  assert.equal((await stat(folder.certificate.key)).mode & 0o777, 0o600)
  assert.equal((await stat(folder.certificate.folder)).mode & 0o777, 0o700)
})

test('after a change only the new pair lies there', async (t) => {
  const { folder, store } = await storeFor(t)
  await store.install(await pair(), names, now)
  const next = await pair()
  await store.install(next, names, now)
  assert.deepEqual(await store.load(), next)
  assert.equal((await readdir(folder.certificate.folder)).length, 2)
})

test('what does not fit is refused, and the one before stays', async (t) => {
  const { store } = await storeFor(t)
  const good = await pair()
  await store.install(good, names, now)
  const other = await pair()
  const [leaf] = good.chainPem.split(/(?<=-----END CERTIFICATE-----)/)
  const foreign = (await makeIssuer(now)).chain(false)
  const bad = [
    { ...good, keyPem: other.keyPem },
    await pair(['cam.example.com']),
    await pair(names, new Date(now.getTime() - 1000)),
    { ...good, chainPem: `${leaf}\n${foreign}\n` },
    { ...good, chainPem: '<html>no certificate</html>' },
  ]
  for (const wanted of bad)
    await assert.rejects(store.install(wanted, names, now), { code: 'certificate/unusable' })
  assert.deepEqual(await store.load(), good)
})

test('files of a run that was killed before the switch change nothing, and go with the next', async (t) => {
  const { folder, store } = await storeFor(t)
  const good = await pair()
  await store.install(good, names, now)
  const half = join(folder.certificate.folder, 'abc123')
  await mkdir(half)
  await writeFile(join(half, 'privkey.pem'), newKey())
  assert.deepEqual(await store.load(), good)
  await store.install(await pair(), names, now)
  assert.ok(!(await readdir(folder.certificate.folder)).includes('abc123'))
})

test('a key that belongs to another certificate is as if there were none', async (t) => {
  const { folder, store } = await storeFor(t)
  await store.install(await pair(), names, now)
  await writeFile(folder.certificate.key, newKey())
  assert.equal(await store.load(), undefined)
  await writeFile(folder.certificate.key, 'nothing')
  assert.equal(await store.load(), undefined)
})

test('room is looked for where the certificate will lie, and nothing of it remains', async (t) => {
  const { folder, store } = await storeFor(t)
  await store.ensureRoom()
  assert.deepEqual(await readdir(folder.certificate.folder), [])
  await rm(folder.certificate.folder, { recursive: true })
  await writeFile(folder.certificate.folder, 'a file')
  await assert.rejects(store.ensureRoom(), { code: 'disk/not-writable' })
})

test('accounts are kept for each authority by itself, with a key that is to follow', async (t) => {
  const { folder } = await storeFor(t)
  const first = accountStore(folder, directory)
  const second = accountStore(folder, 'https://ca.example/other')
  const account = { keyPem: newKey(), url: `${directory}/1` }
  await first.save(account)
  assert.deepEqual(await first.load(), account)
  assert.equal(await second.load(), undefined)
  await first.save({ ...account, nextKeyPem: 'next' })
  assert.deepEqual(await accountStore(folder, directory).load(), { ...account, nextKeyPem: 'next' })
  for (const file of await readdir(folder.account))
    assert.equal((await stat(join(folder.account, file))).mode & 0o777, 0o600)
})

test('a rehearsal is remembered for the names, in any order', async (t) => {
  const { folder } = await storeFor(t)
  await rehearsalStore(folder).add(['b.example.com', 'a.example.com'], now)
  assert.equal(await rehearsalStore(folder).has(['a.example.com', 'b.example.com']), true)
  assert.equal(await rehearsalStore(folder).has(['a.example.com']), false)
})

test('a copy for Home Assistant is plain files, and a pair that does not fit never gets there', async (t) => {
  const { root } = await storeFor(t)
  const folder = join(root, 'ssl')
  const good = await pair()
  assert.equal(await copiedCertificate(folder), undefined)
  await copyCertificate(good, folder, names, now)
  const copied = await copiedCertificate(folder)
  assert.match(copied ?? '', /^[0-9A-F:]{95}$/)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const keyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  await assert.rejects(copyCertificate({ ...good, keyPem }, folder, names, now), {
    code: 'certificate/unusable',
  })
  assert.equal(await copiedCertificate(folder), copied)
  assert.equal(await readFile(join(folder, 'privkey.pem'), 'utf8'), good.keyPem)
  assert.deepEqual((await readdir(folder)).toSorted(), ['fullchain.pem', 'privkey.pem'])
  await writeFile(join(folder, 'privkey.pem'), keyPem)
  assert.equal(await copiedCertificate(folder), undefined)
})
