import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { compiled } from '../world/world.ts'
import { program } from '../world/program.ts'

/** The program in an empty folder, without a terminal. */
function shell(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const run = (...argv: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...argv], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 30_000,
      env: { PATH: process.env['PATH'], XDG_CACHE_HOME: compiled },
    })
    return { code: status, stdout, stderr }
  }
  return { run, at: (name: string) => join(folder, name) }
}

test('help lists the commands and exits 0; a typing mistake is refused with a suggestion', (t) => {
  const { run } = shell(t)
  const help = run('--help')
  assert.equal(help.code, 0)
  for (const command of [
    'init',
    'plan',
    'apply',
    'verify',
    'run',
    'undo',
    'token',
    'firewall',
    'vantage',
    'demo',
  ])
    assert.match(help.stdout, new RegExp(`^  ${command}\\b`, 'm'))
  const mistaken = run('aply')
  assert.equal(mistaken.code, 64)
  assert.match(mistaken.stderr, /Did you mean apply\?/)
  const option = run('apply', '--dry-run')
  assert.equal(option.code, 64)
  assert.match(option.stderr, /unknown option/)
})

test('five mistakes in the configuration are told at once, with exit 64, for people and for machines', (t) => {
  const { run, at } = shell(t)
  writeFileSync(
    at('gatehouse.yaml'),
    'names: [nope]\npublic_port: 8123\ngateway: {local: [10.0.0.1/8]}\nedge: {countries: [xx]}\nclodflare: {}\n',
  )
  const plan = run('plan')
  assert.equal(plan.code, 64)
  assert.match(plan.stderr, /line 5: clodflare is no setting; did you mean cloudflare\?/)
  writeFileSync(
    at('gatehouse.yaml'),
    'names: [nope]\npublic_port: 8123\ngateway: {local: [10.0.0.1/8]}\nedge: {countries: [xx]}\nhome_assistant: {url: "nope"}\n',
  )
  const { error } = JSON.parse(run('plan', '--json').stdout) as {
    error: { code: string; complaints: unknown[] }
  }
  assert.equal(error.code, 'configuration/invalid')
  assert.equal(error.complaints.length, 5)
})

test('init writes a commented configuration from flags, and never over another', (t) => {
  const { run, at } = shell(t)
  const made = run(
    'init',
    '--name',
    'ha.example.com',
    '--token-file',
    'cloudflare.token',
    '--home-assistant',
    'http://127.0.0.1:8123',
    '--router',
    'fritzbox',
    '--countries',
    'pt, es',
  )
  assert.equal(made.code, 0, made.stderr)
  const text = readFileSync(at('gatehouse.yaml'), 'utf8')
  assert.match(text, /^names: \[ha\.example\.com\]$/m)
  assert.match(text, /^ {2}countries: \[PT, ES\]$/m)
  assert.match(text, /^ {2}kind: fritzbox$/m)
  assert.match(text, /^ {2}# /m)
  const again = run('init', '--name', 'other.example.com', '--token-file', 'x')
  assert.equal(again.code, 64)
  assert.equal(readFileSync(at('gatehouse.yaml'), 'utf8'), text)
  const silent = run('init', '--config', 'other.yaml')
  assert.equal(silent.code, 64)
  assert.match(silent.stderr, /--name and --token-file are needed where nobody can be asked/)
})

test('a Global API Key and pasted mistakes are refused before anybody is asked, and never quoted', (t) => {
  const { run, at } = shell(t)
  const cases = [
    ['cfk_canary00000000000000000000000000000000000000', 'token/global-key'],
    ['0123456789abcdef0123456789abcdef01234', 'token/global-key'],
    ['"canary-token-in-quotes"', 'token/refused'],
    ['CLOUDFLARE_API_TOKEN=canary-token', 'token/refused'],
    ['Bearer canary-token', 'token/refused'],
    ['<your token>', 'token/refused'],
  ]
  for (const [token = '', code = ''] of cases) {
    writeFileSync(
      at('gatehouse.yaml'),
      'names: [ha.example.com]\ncloudflare: {token_file: t, base_url: "http://127.0.0.1:59999"}\n',
    )
    writeFileSync(at('t'), token)
    const { code: status, stderr } = run('plan')
    assert.equal(status, 64, token)
    assert.ok(stderr.includes(code), `${token}: ${stderr}`)
    assert.doesNotMatch(stderr, /canary/)
  }
})

test('without a token, and without a network, it says what to do', (t) => {
  const { run, at } = shell(t)
  writeFileSync(at('gatehouse.yaml'), 'names: [ha.example.com]\n')
  assert.match(run('plan').stderr, /token\/missing.*\n.*gatehouse token url/)
  writeFileSync(
    at('gatehouse.yaml'),
    'names: [ha.example.com]\ncloudflare: {token: abcdefghijklmnopqrstuvwxyz0123456789, base_url: "http://127.0.0.1:59999"}\n',
  )
  const plan = run('plan')
  assert.equal(plan.code, 1)
  assert.match(plan.stderr, /did not answer \(connect ECONNREFUSED/)
  assert.match(plan.stderr, /hint:/)
})

test('the rule for every kind of router is TCP, from the ranges, to the port', (t) => {
  const { run, at } = shell(t)
  writeFileSync(
    at('gatehouse.yaml'),
    'names: [ha.example.com]\nrouter: {forward_to: 192.168.1.10, forward_port: 8443}\n',
  )
  for (const kind of [
    'opnsense',
    'pfsense',
    'openwrt',
    'unifi',
    'mikrotik',
    'fritzbox',
    'asus',
    'nftables',
    'other',
  ]) {
    const { code, stdout } = run('firewall', 'show', '--for', kind)
    assert.equal(code, 0)
    assert.match(stdout, /tcp/i, kind)
    assert.match(stdout, /8443/, kind)
    assert.match(stdout, /source port empty/, kind)
    if (kind !== 'fritzbox') assert.match(stdout, /173\.245\.48\.0\/20/, kind)
  }
})

test('the prefilled page asks for what is needed and no more', (t) => {
  const { run } = shell(t)
  const url = new URL(run('token', 'url').stdout.trim())
  assert.equal(url.host, 'dash.cloudflare.com')
  const asked = JSON.parse(url.searchParams.get('permissionGroupKeys') ?? '') as {
    key: string
    type: string
  }[]
  // It writes what it renews by itself, and only looks at what `apply` changed with the other token.
  assert.deepEqual(
    asked.filter(({ type }) => type === 'edit').map(({ key }) => key),
    ['dns', 'ssl_and_certificates'],
  )
  const setup = JSON.parse(
    new URL(run('token', 'url', '--setup').stdout.trim()).searchParams.get('permissionGroupKeys') ??
      '',
  ) as { key: string }[]
  assert.deepEqual(
    setup.map(({ key }) => key),
    asked.map(({ key }) => key),
  )
})

test('nothing is written before something is done', (t) => {
  const { run, at } = shell(t)
  writeFileSync(
    at('gatehouse.yaml'),
    'names: [ha.example.com]\ncloudflare: {token: abcdefghijklmnopqrstuvwxyz0123456789, base_url: "http://127.0.0.1:59999"}\n',
  )
  run('plan')
  assert.throws(() => statSync(at('gatehouse-data')), { code: 'ENOENT' })
})

test('nobody reads to the end, or the disk is full: no trace of a stack, and only the latter is an error', (t) => {
  const { at } = shell(t)
  const script = (rest: string): { stderr: string } => {
    const words = `"${process.execPath}" "${program}" --help`
    return spawnSync('sh', ['-c', `{ ${words} ${rest}`], { cwd: at('.'), encoding: 'utf8' })
  }
  assert.equal(script('; echo "$?" >&2; } | true').stderr, '0\n')
  const { stderr } = script('; echo "$?" >&2; } > /dev/full')
  assert.match(stderr, /^gatehouse: its output could not be written: .*ENOSPC.*\n1\n$/u)
})
