import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { startChild } from '../../load/child.ts'
import { tool } from '../../toolbox/tool.ts'
import { rawUpstream, type RawUpstream } from '../raw-upstream.ts'
import { corpus } from './corpus.ts'
import type { Message } from './meaning.ts'
import { requestStream } from './messages.ts'
import { oursOfRequests } from './ours.ts'
import { seeded } from './random.ts'

// The real nginx as a reader: what it passes on to a home whose bytes are kept is what it took the stream for.

const nginx = await tool('nginx')
const seed = 20_261_125
const cases = 1500

/** nginx removes or rewrites these whatever they say; and it drops nothing else. */
const itsOwn =
  /^(?:host|connection|content-length|transfer-encoding|keep-alive|te|expect|upgrade|trailer|proxy-connection): /u

test(
  `whatever our reader takes, nginx takes for the same (the corpus, and ${cases} streams of seed ${seed})`,
  {
    skip: 'missing' in nginx && nginx.missing,
  },
  async (t) => {
    const home = await rawUpstream(t)
    const port = await startNginx(t, home)
    const random = seeded(seed)
    const streams = [
      ...corpus.filter(({ passes }) => passes > 0).map(({ stream }) => stream),
      ...Array.from({ length: cases }, () => requestStream(random, random.oneOf([0, 0.3, 1]))),
    ]
    let compared = 0
    for (const [number, plain] of streams.entries()) {
      // What nginx still passes on of the stream before must not be taken for a part of this one.
      const mark = `x-case: ${number}`
      const stream = plain.replaceAll(
        'Host: ha.example.com\r\n',
        `Host: ha.example.com\r\n${mark}\r\n`,
      )
      const bytes = Buffer.from(stream, 'latin1')
      const ours = oursOfRequests([bytes]).messages.filter((each) => each.whole)
      // It has a rule of its own for paths that leave the root; what they mean is the home's to say.
      if (
        ours.length === 0 ||
        !ours.every(({ fields }) => fields.includes(mark)) ||
        ours.some(({ target }) => target.includes('/..'))
      )
        continue
      const seen = await taken(port, home, bytes, mark, ours.length)
      compared += ours.length
      assert.deepEqual(
        seen.map(essence).slice(0, ours.length),
        ours.map(essence),
        JSON.stringify(stream),
      )
    }
    t.diagnostic(`${compared} requests compared`)
    assert.ok(compared > cases / 2, `only ${compared} requests were compared`)
  },
)

const essence = ({ method, target, fields, body }: Message) => ({
  method,
  target,
  fields: fields.filter((each) => !itsOwn.test(each)),
  body,
})

/** What reached the home of one stream, once it is so many requests, or nginx has closed. */
async function taken(
  port: number,
  home: RawUpstream,
  stream: Buffer,
  mark: string,
  expected: number,
): Promise<readonly Message[]> {
  const seen = () => home.requests().filter(({ fields }) => fields.includes(mark))
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined).on('data', () => undefined)
  socket.write(stream)
  const until = performance.now() + 3000
  while (seen().length < expected && !socket.closed && performance.now() < until) await sleep(1)
  socket.destroy()
  return seen()
}

async function startNginx(t: TestContext, home: RawUpstream): Promise<number> {
  if ('missing' in nginx) return 0
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-nginx-'))
  const port = 20_000 + (process.pid % 20_000)
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  await writeFile(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log crit;
events {}
http {
  access_log off;
  ${paths.map((path) => `${path}_temp_path ${folder}/${path};`).join(' ')}
  large_client_header_buffers 4 64k; client_header_buffer_size 64k;
  # All that it would drop on its own account is passed on, to be compared.
  ignore_invalid_headers off; underscores_in_headers on; merge_slashes off;
  server { listen 127.0.0.1:${port}; location / { proxy_pass ${home.url}; proxy_http_version 1.1; } }
}
`,
  )
  const child = startChild([...nginx.command, '-p', folder, '-c', join(folder, 'nginx.conf')])
  t.after(async () => {
    await child.stop()
    await rm(folder, { recursive: true, force: true })
  })
  for (let tries = 0; tries < 100; tries++) {
    const open = await new Promise<boolean>((done) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => done(true)).once('error', () => done(false))
      socket.once('connect', () => socket.destroy())
    })
    if (open) return port
    await sleep(50)
  }
  throw new Error(`nginx does not listen: ${child.said()}`)
}
