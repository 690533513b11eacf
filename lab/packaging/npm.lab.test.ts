import assert from 'node:assert/strict'
import { mkdtemp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, suite, test } from 'node:test'

import { z } from 'zod'

import { checkout } from '../toolbox/cache.ts'
import { run } from '../toolbox/run.ts'

// The npm package, as somebody gets it: packed, installed into an empty folder, run by a Node of its own.

const packed = z.array(
  z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) }),
)

suite('the npm package', () => {
  let folder = ''
  let files: readonly string[] = []
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-package-'))
    const { code, out, text } = await run(['npm', 'pack', '--json', '--pack-destination', folder], {
      folder: checkout,
      env: { PATH: path },
      seconds: 240,
    })
    assert.equal(code, 0, text)
    const [made] = packed.parse(JSON.parse(out.slice(out.indexOf('['))))
    assert.ok(made)
    files = made.files.map((file) => file.path)
    const home = join(folder, 'home')
    await mkdir(home)
    const installed = await run(
      ['npm', 'install', '--no-audit', '--no-fund', join(folder, made.filename)],
      { folder: home, env: { PATH: path }, seconds: 300 },
    )
    assert.equal(installed.code, 0, installed.text)
  })
  after(() => rm(folder, { recursive: true, force: true }))

  /** With our Node before an older one of the system. */
  const path = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`
  const gatehouse = (...words: string[]) =>
    run([join(folder, 'home/node_modules/.bin/gatehouse'), ...words], {
      folder: join(folder, 'home'),
      env: { PATH: path },
    })

  test('has the program and its documentation, and neither tests nor the lab', async () => {
    assert.ok(files.includes('dist/main.js'))
    assert.ok(files.includes('docs/reference.md'))
    assert.deepEqual(
      files.filter(
        (file) =>
          /\.test\.|\.ts$|^lab\/|^app\/|\.token$|\.pem$/.test(file) && !file.startsWith('docs/'),
      ),
      [],
    )
    const modules = await readdir(join(folder, 'home/node_modules'))
    for (const each of ['typescript', 'fast-check', 'node'])
      assert.ok(!modules.includes(each), each)
  })

  test('runs: its version, its help, a configuration that is wrong, a plan that reaches nobody', async () => {
    assert.match((await gatehouse('--version')).out, /^\d+\.\d+\.\d+\n$/)
    assert.match((await gatehouse('--help')).out, /^ {2}run\b/m)
    const missing = await gatehouse('plan')
    assert.equal(missing.code, 64)
    assert.match(missing.text, /gatehouse init/)
    await writeFile(
      join(folder, 'home/gatehouse.yaml'),
      'names: [ha.example.com]\ncloudflare: {token: abcdefghijklmnopqrstuvwxyz0123456789, base_url: "http://127.0.0.1:59999"}\n',
    )
    const plan = await gatehouse('plan')
    assert.equal(plan.code, 1)
    assert.match(plan.text, /hint:/)
    const rule = await gatehouse('firewall', 'show')
    assert.equal(rule.code, 0)
    assert.match(rule.out, /173\.245\.48\.0\/20/)
  })

  test('the demo says that it comes with the source', async () => {
    const demo = await gatehouse('demo')
    assert.equal(demo.code, 64)
    assert.match(demo.text, /comes with the source/)
  })
})
