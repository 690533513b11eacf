import assert from 'node:assert/strict'
import { createHash, randomInt } from 'node:crypto'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, before, suite, test } from 'node:test'

import { WebSocketServer } from 'ws'

import { mustBeRange } from '../../src/core/address.ts'
import { startGateway } from '../../src/gateway/gateway.ts'
import { startCloudflare } from '../simulators/cloudflare/cloudflare.ts'
import { newId } from '../simulators/cloudflare/state.ts'
import { makeAuthority } from '../simulators/pki.ts'
import { npmPackage } from '../toolbox/npm-package.ts'
import { tool } from '../toolbox/tool.ts'

// A real browser, the edge, the gateway, a home: what a person does there, in one go.

const chromium = await tool('chromium')
const name = 'ha.example.com'
const port = 8443

/** Of playwright-core, as far as it is used here; it is installed apart and brings no browser. */
type Page = {
  goto(url: string): Promise<unknown>
  title(): Promise<string>
  evaluate<T, A>(work: (argument: A) => Promise<T>, argument: A): Promise<T>
}
type Playwright = {
  readonly chromium: {
    launch(how: { readonly executablePath: string; readonly args: readonly string[] }): Promise<{
      newPage(how: { readonly ignoreHTTPSErrors: boolean }): Promise<Page>
      close(): Promise<void>
    }>
  }
}

/** A page, an echo over WebSocket, the hash of what is uploaded, and a stream that goes on when it is told. */
async function startHome(host: string) {
  let goOn: () => void = () => undefined
  const told = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const server = createServer((request, response) => {
    if (request.url === '/upload') {
      const hash = createHash('sha256')
      request.on('data', (chunk: Buffer) => void hash.update(chunk))
      request.on('end', () => response.end(hash.digest('hex')))
    } else if (request.url === '/stream') {
      response.write('first')
      void told.then(() => response.end('second'))
    } else if (request.url === '/go-on') {
      goOn()
      response.end()
    } else {
      response.setHeader('content-type', 'text/html')
      response.end(`<title>for ${String(request.headers['x-forwarded-for'])}</title>`)
    }
  })
  new WebSocketServer({ server, path: '/api/websocket' }).on('connection', (socket) =>
    socket.on('message', (data, binary) => socket.send(data, { binary })),
  )
  server.listen(0, host)
  await once(server, 'listening')
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

suite(
  'Chromium through the whole chain',
  { skip: 'missing' in chromium && chromium.missing },
  () => {
    const closing: (() => unknown)[] = []
    let page: Page

    before(async () => {
      if ('missing' in chromium) return
      const prefix = `127.${randomInt(10, 250)}.${randomInt(1, 250)}`
      const [web, origin, pulls, shared] = await Promise.all(
        ['web', 'origin', 'pulls of this home', 'pulls of all'].map(makeAuthority),
      )
      if (!web || !origin || !pulls || !shared) return
      const cloudflare = await startCloudflare({
        publicAuthority: web,
        sharedPulls: await shared.issue({ names: ['all'], clientAuth: true }),
        edge: {
          ipv4: [`${prefix}.10`],
          ipv6: [],
          httpsPorts: [port],
          httpPorts: [8080],
          egress: { ipv4: `${prefix}.17` },
          trust: [origin.certificatePem],
        },
      })
      closing.push(() => cloudflare.close())
      const zone = cloudflare.zone('example.com', cloudflare.account('the house'))
      zone.records = [
        {
          id: newId(),
          type: 'A',
          name,
          content: `${prefix}.2`,
          proxied: true,
          ttl: 1,
          comment: null,
          createdOn: '2026-11-01T00:00:00Z',
          modifiedOn: '2026-11-01T00:00:00Z',
        },
      ]
      zone.settings.set('ssl', { value: 'strict', editable: true })
      const leaf = await pulls.issue({ names: [name], clientAuth: true })
      const certificateId = newId()
      zone.pulls.certificates.push({
        id: certificateId,
        certificate: leaf.certificatePem,
        privateKey: leaf.keyPem,
        serial: newId(),
        uploadedAt: 0,
        expiresOn: '2036-01-01T00:00:00Z',
      })
      zone.pulls.associations.set(name, { certificateId, enabled: true, since: 0 })
      const home = await startHome(`${prefix}.3`)
      closing.push(() => home.close())
      const served = await origin.issue({ names: [name] })
      const gateway = await startGateway({
        listen: [{ host: `${prefix}.2`, port }],
        names: [name],
        certificate: { chainPem: served.certificatePem, keyPem: served.keyPem },
        pulls: { mode: 'required', authorities: [pulls.certificatePem] },
        edgeRanges: [mustBeRange(`${prefix}.17/32`)],
        localRanges: [],
        upstream: home.url,
      })
      closing.push(() => gateway.close())
      const load = await npmPackage('playwright-core', '1.65.1')
      const playwright = load('playwright-core') as Playwright
      const browser = await playwright.chromium.launch({
        executablePath: `/usr/bin/${chromium.command[0]}`,
        args: ['--no-sandbox', `--host-resolver-rules=MAP ${name} ${prefix}.10`],
      })
      closing.push(() => browser.close())
      page = await browser.newPage({ ignoreHTTPSErrors: true })
    })
    after(async () => {
      for (const close of closing.toReversed()) await close()
    })

    test('the page opens, and the home knows for whom', async () => {
      await page.goto(`https://${name}:${port}/`)
      assert.match(await page.title(), /^for 127\.\d+\.\d+\.\d+$/u)
    })

    test('a WebSocket says everything back', async () => {
      const said = await page.evaluate(async (count) => {
        const socket = new WebSocket('/api/websocket')
        const heard: string[] = []
        await new Promise((done, fail) => {
          socket.addEventListener('error', fail)
          socket.addEventListener('open', () => {
            for (let i = 0; i < count; i++) socket.send(`message ${i} ${'x'.repeat(i * 100)}`)
          })
          socket.addEventListener('message', ({ data }) => {
            heard.push(String(data).slice(0, 10))
            if (heard.length === count) done(undefined)
          })
        })
        return heard.length
      }, 100)
      assert.equal(said, 100)
    })

    test('48 MiB are uploaded as they are', async () => {
      const size = 48 * 1024 * 1024
      const hash = await page.evaluate(async (bytes) => {
        const answer = await fetch('/upload', {
          method: 'POST',
          body: new Uint8Array(bytes).fill(7),
        })
        return await answer.text()
      }, size)
      assert.equal(hash, createHash('sha256').update(Buffer.alloc(size, 7)).digest('hex'))
    })

    test('a stream arrives while it is being sent', async () => {
      const parts = await page.evaluate(async (path) => {
        const reader = (await fetch(path)).body?.pipeThrough(new TextDecoderStream()).getReader()
        const first = await reader?.read()
        // The home sends the rest only once it is told that the beginning has come.
        await fetch('/go-on')
        const second = await reader?.read()
        return [first?.value, second?.value]
      }, '/stream')
      assert.deepEqual(parts, ['first', 'second'])
    })
  },
)
