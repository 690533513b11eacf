import assert from 'node:assert/strict'
import { suite, test } from 'node:test'

import { addressOf, rangeOf, type Address } from '../core/address.ts'
import type { FindingCode } from '../core/codes.ts'
import { absent, known, unknown } from '../core/fact.ts'
import { finding, unseen } from '../core/finding.ts'
import type { PortOutcome } from '../core/port-outcome.ts'
import type { Proof } from '../core/proof.ts'
import { certificateIsServed } from './checks/certificate-is-served.ts'
import { edgeLeadsHome } from './checks/edge-leads-home.ts'
import { homeIsClosed, portsOfHome } from './checks/home-is-closed.ts'
import { nameLeadsToEdge } from './checks/name-leads-to-edge.ts'
import { safeguardsAgree } from './checks/safeguards-agree.ts'
import { webSocketOpens } from './checks/websocket-opens.ts'
import type { Check, EdgeAnswer, EdgeFailure, NameAnswer, Subject, Vantage } from './types.ts'

// What each check concludes from what it may be told: answers as data, no world needed.

const must = (text: string): Address => {
  const address = addressOf(text)
  assert.ok(address)
  return address
}
const home = must('203.0.113.7')
const edge = must('198.51.100.10')
const range = rangeOf('198.51.100.0/24')
assert.ok(range)
const refused: PortOutcome = { is: 'refused', ms: 1 }

const vantageThat = (ask: Vantage['ask']): Vantage => ({ name: 'outside', ask })
const sees = (
  special: Readonly<Record<number, PortOutcome>>,
  more: { you?: Address; from?: Address } = {},
) =>
  vantageThat(({ ports }) =>
    Promise.resolve({
      you: more.you ?? home,
      from: more.from,
      results: ports.map((port) => ({ port, outcome: special[port] ?? refused })),
    }),
  )

const page: EdgeAnswer = {
  ms: 5,
  status: 200,
  headers: new Map([['server', 'cloudflare']]),
  text: '{"name":"Home Assistant"}',
  certificate: { fingerprint: 'EDGE', issuer: 'Public CA', names: '', notAfter: new Date(0) },
  protocol: 'TLSv1.3',
}

const resolves = (...values: Address[]): readonly NameAnswer[] => [
  { server: '192.0.2.53', authoritative: false, values },
]

const subject = (more: Partial<Subject> = {}): Subject => ({
  names: ['ha.example.com'],
  homeNames: ['ha.example.com'],
  publicPort: 443,
  homes: { ipv4: known(home), ipv6: absent },
  edgeRanges: [range],
  vantage: sees({}),
  storedFingerprint: 'ORIGIN',
  pullsMode: known('required'),
  resolve: (_name, type) => Promise.resolve(type === 'A' ? resolves(edge) : resolves()),
  askAuthorities: (_name, type) =>
    Promise.resolve([{ server: 'ns1', authoritative: true, values: type === 'A' ? [edge] : [] }]),
  askEdge: () => Promise.resolve(page),
  openWebSocket: () => Promise.resolve({ ms: 1, frame: '{"type":"auth_required"}' }),
  servedAtHome: () => Promise.resolve(undefined),
  token: () => Promise.resolve({ status: 'active', tooMuch: [], lacks: [], otherZones: [] }),
  findings: () => Promise.resolve([]),
  now: () => new Date('2026-11-24T00:00:00Z'),
  ...more,
})

const run = (check: Check, more: Partial<Subject> = {}) =>
  check.run(subject(more), new AbortController().signal)
const outcomes = (proofs: readonly Proof[]) =>
  Object.fromEntries(proofs.map(({ code, outcome }) => [code, outcome]))

test('what is served is what is stored, or the pair from before that is still good', async () => {
  const served = async (fingerprint: string, isFromBefore = false, until = '2026-12-01') =>
    outcomes(
      await run(certificateIsServed, {
        servedAtHome: () =>
          Promise.resolve({
            by: 'home-assistant',
            fingerprint,
            isFromBefore,
            notAfter: new Date(until),
            asked: '',
          }),
      }),
    )['certificate/served-differs']
  assert.equal(await served('ORIGIN'), 'held')
  assert.equal(await served('OTHER'), 'broken')
  assert.equal(await served('OTHER', true), 'held')
  assert.equal(await served('OTHER', true, '2026-11-23'), 'broken')
})

suite('a stranger gets nothing', () => {
  const closed = async (vantage: Vantage | undefined, more: Partial<Subject> = {}) =>
    outcomes(await run(homeIsClosed, { vantage, ...more }))

  test('refused, filtered and cut off are nothing', async () => {
    const filtered: PortOutcome = { is: 'filtered', ms: 4000 }
    const cut: PortOutcome = { is: 'open', ms: 3, because: 'ECONNRESET' }
    assert.deepEqual(await closed(sees({ 443: cut, 8123: filtered })), {
      'origin/open': 'held',
      'origin/plain-http': 'held',
      'origin/certificate-visible': 'held',
      'origin/open-ipv6': 'held',
    })
  })

  test('an answer on any port is broken; in clear text it is worse; a certificate gives the name away', async () => {
    const certificate = { names: 'DNS:ha.example.com', issuer: '', fingerprint: '' }
    const plain: PortOutcome = { is: 'http', ms: 1, status: 200, tls: false, homeAssistant: true }
    const shown: PortOutcome = { is: 'open', ms: 1, because: 'TLS alert', certificate }
    for (const port of portsOfHome) {
      const found = await closed(sees({ [port]: plain }))
      assert.equal(found['origin/open'], 'broken', String(port))
      assert.equal(found['origin/plain-http'], 'broken')
      assert.equal(found['origin/certificate-visible'], 'held')
    }
    const found = await closed(sees({ 443: shown }))
    assert.equal(found['origin/certificate-visible'], 'broken')
    assert.equal(found['origin/open'], 'held')
  })

  test('what takes the connection is asked once more without a name, as a scanner asks', async () => {
    const asked: unknown[] = []
    const vantage = vantageThat(({ ports, name }) => {
      asked.push([ports.length, name])
      const silent: PortOutcome = { is: 'open', ms: 1, because: 'TLS alert unrecognized name' }
      const results = ports.map((port) => ({ port, outcome: port === 443 ? silent : refused }))
      return Promise.resolve({ you: home, from: undefined, results })
    })
    await closed(vantage)
    assert.deepEqual(asked, [
      [portsOfHome.length, 'ha.example.com'],
      [1, undefined],
    ])
  })

  const blind: Readonly<Record<string, Vantage | undefined>> = {
    'there is no vantage': undefined,
    'the vantage saw another address': sees({}, { you: must('203.0.113.99') }),
    "the vantage probes from Cloudflare's ranges": sees({}, { from: edge }),
    'the vantage leaves a port out': vantageThat(({ ports }) =>
      Promise.resolve({
        you: home,
        from: undefined,
        results: ports.slice(1).map((port) => ({ port, outcome: refused })),
      }),
    ),
    'the vantage answers nothing': vantageThat(() =>
      Promise.resolve({ you: home, from: undefined, results: [] }),
    ),
    'the vantage fails': vantageThat(() => Promise.reject(new Error('no answer'))),
    'the vantage has no way there at all': sees(
      Object.fromEntries(
        portsOfHome.map((port) => [port, { is: 'unreachable', ms: 1, because: 'ENETUNREACH' }]),
      ),
    ),
    'the vantage ran out of sockets': sees({
      443: { is: 'unreachable', ms: 1, because: 'EMFILE' },
    }),
  }
  for (const [what, vantage] of Object.entries(blind)) {
    test(`${what}: not known, never closed`, async () => {
      const found = await closed(vantage)
      for (const code of ['origin/open', 'origin/plain-http', 'origin/certificate-visible'])
        assert.equal(found[code], 'unknown', code)
    })
  }

  test('no way to one port, said by a router, is a closed port', async () => {
    const found = await closed(sees({ 80: { is: 'unreachable', ms: 1, because: 'EHOSTUNREACH' } }))
    assert.equal(found['origin/open'], 'held')
  })

  test('an address that is not known is not closed', async () => {
    const homes = { ipv4: known(home), ipv6: unknown('no answer') }
    assert.equal((await closed(sees({}), { homes }))['origin/open-ipv6'], 'unknown')
  })
})

suite('the site loads through the edge', () => {
  const failure: EdgeFailure = { ms: 1, failed: 'connection refused', certificateProblem: false }
  const cases: readonly (readonly [string, EdgeAnswer | EdgeFailure, FindingCode | undefined])[] = [
    ['Home Assistant', page, undefined],
    ['no connection', failure, 'edge/unreachable'],
    ['no valid certificate', { ...failure, certificateProblem: true }, 'edge/certificate'],
    [
      'the certificate of the origin',
      {
        ...page,
        certificate: { fingerprint: 'ORIGIN', issuer: '', names: '', notAfter: new Date(0) },
      },
      'edge/certificate',
    ],
    ['520', { ...page, status: 520 }, 'origin/not-reached'],
    ['521', { ...page, status: 521, edgeError: 521 }, 'origin/not-reached'],
    ['522', { ...page, status: 522 }, 'origin/not-reached'],
    ['525', { ...page, status: 525 }, 'origin/not-reached'],
    ['526', { ...page, status: 526 }, 'certificate/untrusted'],
    ['530 with 1016', { ...page, status: 530, edgeError: 1016 }, 'edge/unreachable'],
    ['409 with 1001', { ...page, status: 409, edgeError: 1001 }, 'edge/unreachable'],
    ['502 of the gateway', { ...page, status: 502 }, 'home-assistant/not-reached'],
    ['400', { ...page, status: 400, text: '400: Bad Request' }, 'home-assistant/rejects-proxy'],
    ['something else', { ...page, text: 'a printer' }, 'home-assistant/not-reached'],
    ['refused by a rule', { ...page, status: 403, edgeError: 1020 }, undefined],
    ['banned by Home Assistant', { ...page, status: 403, text: '' }, undefined],
  ]
  for (const [what, answer, code] of cases) {
    test(`${what}: ${code ?? 'nothing broken'}, and every claim is spoken of`, async () => {
      const proofs = await run(edgeLeadsHome, { askEdge: () => Promise.resolve(answer) })
      const broken = proofs.filter(({ outcome }) => outcome === 'broken').map((each) => each.code)
      assert.deepEqual(broken, code === undefined ? [] : [code])
      for (const each of edgeLeadsHome.codes) assert.ok(each in outcomes(proofs), each)
      assert.ok(proofs.every(({ evidence }) => evidence.length > 0))
      if (answer !== page)
        assert.ok(
          proofs.some(({ outcome }) => outcome !== 'held'),
          'it passed for the real thing',
        )
    })
  }

  test('a WebSocket that this machine may not try is not known; one that does not open is broken', async () => {
    const outcome = async (said: Awaited<ReturnType<Subject['openWebSocket']>>) =>
      outcomes(await run(webSocketOpens, { openWebSocket: () => Promise.resolve(said) }))[
        'home-assistant/websocket'
      ]
    assert.equal(await outcome({ ms: 1, frame: '{"type":"auth_required"}' }), 'held')
    assert.equal(await outcome({ ...failure, status: 403 }), 'unknown')
    assert.equal(await outcome({ ...failure, status: 400 }), 'broken')
    assert.equal(await outcome({ ms: 1, frame: 'hello' }), 'broken')
  })
})

suite('the name leads to the edge', () => {
  const lookUp = async (authority: NameAnswer, resolver: NameAnswer) =>
    outcomes(
      await run(nameLeadsToEdge, {
        resolve: () => Promise.resolve([resolver]),
        askAuthorities: () => Promise.resolve([authority]),
      }),
    )
  const says = (authoritative: boolean, ...values: Address[]): NameAnswer => ({
    server: 'one',
    authoritative,
    values,
  })
  const silent: NameAnswer = { server: 'one', authoritative: false, failed: 'no answer' }

  test('one server that names anything but the edge is enough to be broken', async () => {
    for (const other of [home, must('2001:db8::1')]) {
      const found = await lookUp(says(true, edge), says(false, edge, other))
      assert.equal(found['dns/answers-home-address'], 'broken')
    }
    assert.equal((await lookUp(says(true, home), silent))['dns/answers-home-address'], 'broken')
  })

  test('without the authority it is not known, and silence is not absence', async () => {
    assert.equal((await lookUp(silent, says(false, edge)))['dns/answers-home-address'], 'unknown')
    assert.equal((await lookUp(silent, silent))['dns/missing'], 'unknown')
    assert.equal((await lookUp(says(true), says(false)))['dns/missing'], 'broken')
    assert.equal((await lookUp(says(true, edge), silent))['dns/answers-home-address'], 'held')
  })
})

suite('the safeguards are as wished', () => {
  const agree = async (...found: ReturnType<typeof finding>[]) =>
    run(safeguardsAgree, {
      findings: () => Promise.resolve([{ name: 'edge-rules', findings: known(found) }]),
    })

  test('nothing found is held, found is broken, unseen is not known', async () => {
    assert.equal(outcomes(await agree())['edge/ssl-mode'], 'held')
    assert.equal(outcomes(await agree(finding('edge/ssl-mode', 'x')))['edge/ssl-mode'], 'broken')
    assert.equal(
      outcomes(await agree(unseen('edge/ssl-mode', 'x', 'y')))['edge/ssl-mode'],
      'unknown',
    )
  })

  test('each of several is said; a broken promise nobody listed is one; advice is not', async () => {
    const proofs = await agree(
      finding('edge/ssl-mode', 'one'),
      finding('edge/ssl-mode', 'two'),
      finding('pulls/shared', 'shared'),
      finding('edge/bot-fight', 'advice'),
    )
    assert.deepEqual(
      proofs.filter(({ outcome }) => outcome === 'broken').map(({ says }) => says),
      ['one', 'two', 'shared'],
    )
    assert.ok(!('edge/bot-fight' in outcomes(proofs)))
  })

  test('a safeguard that could not look proves nothing', async () => {
    const proofs = await run(safeguardsAgree, {
      findings: () =>
        Promise.resolve([{ name: 'dns-record', findings: unknown('Cloudflare did not answer') }]),
    })
    assert.ok(proofs.length > 0 && proofs.every(({ outcome }) => outcome === 'unknown'))
  })
})
