import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'

import { startWorld, type World } from '../world/world.ts'

// The secrets of a home are canaries: every command is run as a person and as a machine would, in a good hour
// and in a bad one, and none of them is ever seen where it does not belong.

test('no secret is said, logged or written anywhere', { timeout: 110_000 }, async (t) => {
  const vantageToken = 'canary-of-the-vantage-0123456789'
  const world = await startWorld({ withVantage: false })
  t.after(() => world.close())
  const vantageFile = join(world.folder, 'vantage.token')
  const place = `${world.addresses.vantage}:9443`
  await writeFile(vantageFile, vantageToken)
  await writeFile(
    world.configuration,
    `${await readFile(world.configuration, 'utf8')}vantage: { url: "http://${place}", token_file: vantage.token }\n`,
  )
  const secrets = [
    vantageToken,
    world.homeAssistant.token,
    ...world.cloudflare.state.tokens.map(({ value }) => value),
  ]

  const said: string[] = []
  const run = async (...argv: string[]) => {
    const { code, stdout, stderr } = await world.run(argv)
    said.push(stdout, stderr)
    return { code, text: stdout + stderr }
  }
  const start = async (argv: string[], ready: RegExp) => {
    const child = await world.start(argv, ready)
    child.stdout?.on('data', (chunk: Buffer) => said.push(chunk.toString()))
    child.stderr?.on('data', (chunk: Buffer) => said.push(chunk.toString()))
    return child
  }

  await start(
    ['vantage', '--listen', place, '--from', world.addresses.stranger, '--token-file', vantageFile],
    /a vantage for homes/,
  )
  await run('plan')
  const applied = await run('apply', '--yes')
  assert.equal(applied.code, 0, applied.text)
  const keeper = await start(['run'], /serves/)
  // They only read, and each is said for people or for machines.
  await Promise.all([run('verify'), run('verify', '--json')])
  await Promise.all([run('token', 'check'), run('token', 'check', '--json')])
  await Promise.all([run('token', 'url', '--setup'), run('firewall', 'show', '--json')])
  await run('init', '--name=ha.example.com', '--config=other.yaml', '--token-file=cloudflare.token')

  // A bad hour: whoever is asked quotes the call, word by word.
  for (const path of [/dns_records/, /\/zones\b|verify/]) {
    world.cloudflare.api.fault(path, { is: 'quotes-call' }, Number.POSITIVE_INFINITY)
    await run('plan', '--json')
    await run('token', 'check')
    world.cloudflare.api.clearFaults()
  }
  const twoLines = `${world.token.value}\nand more`
  await withFile(join(world.folder, 'cloudflare.token'), twoLines, () => run('token', 'check'))
  await withFile(vantageFile, `${vantageToken}\nand more`, () => run('verify', '--json'))
  const misplaced = `names: [ha.example.com]
cloudflare: { tokn: ${world.token.value}, token: [${world.token.value}] }
home_assistant: { url: "http://owner:${world.homeAssistant.token}@localhost" }
`
  await withFile(world.configuration, misplaced, () => run('plan', '--json'))

  keeper.kill('SIGTERM')
  await new Promise((resolve) => keeper.on('exit', resolve))
  await run('undo', '--all', '--yes')

  const written = await everythingIn(world)
  const everything = said.join('')
  assert.ok(everything.length > 10_000)
  for (const secret of secrets) {
    assert.ok(!everything.includes(secret), `said: ${around(everything, secret)}`)
    assert.ok(!written.includes(secret), `written: ${around(written, secret)}`)
  }
})

async function withFile(file: string, text: string, act: () => Promise<unknown>): Promise<void> {
  const before = await readFile(file)
  await writeFile(file, text)
  await act()
  await writeFile(file, before)
}

/** The data folder with its journal, and what `init` wrote. */
async function everythingIn({ folder }: World): Promise<string> {
  const data = join(folder, 'gatehouse-data')
  const found = await readdir(data, { recursive: true, withFileTypes: true })
  const files = found
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name))
  const texts = [...files, join(folder, 'other.yaml')].map((file) => readFile(file, 'latin1'))
  return (await Promise.all(texts)).join('\n')
}

const around = (text: string, secret: string): string =>
  text.slice(Math.max(0, text.indexOf(secret) - 200), text.indexOf(secret))
