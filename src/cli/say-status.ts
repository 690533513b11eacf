import { describeDuration, since } from '../core/duration.ts'
import type { FindingRecord } from '../core/history.ts'
import type { AddressStatus, KeeperStatus, OpenFinding, SafeguardStatus } from '../keeper/status.ts'
import type { Paint } from './paint.ts'
import { marks, painted, sayChain } from './say-chain.ts'
import { countOf } from './say.ts'

/** Every word on the terminal about what the keeper knows: the chain, what to mend, and the figures under it. */
export function sayStatus(name: string, status: KeeperStatus, now: Date, paint: Paint): string {
  const causes = status.findings.filter(({ because }) => because.length === 0)
  return [
    sayHead(name, status, now, paint),
    sayChain((link) => status.links[link], paint),
    ...(causes.length > 0 ? [causes.map((each) => sayFinding(each, now, paint)).join('\n')] : []),
    table(
      [
        ...(['ipv4', 'ipv6'] as const).map((family) => [
          family === 'ipv4' ? 'IPv4' : 'IPv6',
          sayAddress(status.addresses[family]),
        ]),
        ['certificate', sayCertificate(status, now)],
        ['gateway', sayGateway(status)],
      ],
      paint,
    ),
    table(
      status.safeguards.map((each) => [each.name, ...saySafeguard(each, now)]),
      paint,
    ),
  ].join('\n\n')
}

export function sayNoKeeper(name: string, open: readonly FindingRecord[], paint: Paint): string {
  return [
    `${paint.strong(name)} ${paint.warn('the keeper is not running')}: nothing is looked at, and nothing is put back`,
    ...(open.length === 0
      ? []
      : [
          '',
          '  open when it ended',
          ...open.map(({ code, says }) => `  · ${says} ${paint.dim(`(${code})`)}`),
        ]),
    '',
    `${paint.warn('hint:')} start it with \`gatehouse run\`, or as the service you set up`,
  ].join('\n')
}

function sayHead(
  name: string,
  { verdict, startedAt }: KeeperStatus,
  now: Date,
  paint: Paint,
): string {
  const outcome = verdict?.verdict ?? 'unknown'
  const words = {
    held: 'every proof held',
    broken: 'a proof is broken',
    unknown: 'not everything is known',
  }
  const proven = verdict
    ? `proven ${ago(verdict.checkedAt, now)}${verdict.vantage === null ? ', with nobody outside' : ` from ${verdict.vantage}`}`
    : 'not proven yet'
  return `${paint.strong(name)} ${painted(`${marks[outcome]} ${words[outcome]}`, outcome, paint)}  ${paint.dim(`${proven}; the keeper runs since ${ago(startedAt, now)}`)}`
}

function sayFinding(
  { code, severity, cases, since: from }: OpenFinding,
  now: Date,
  paint: Paint,
): string {
  const mark = { broken: paint.bad('✗'), weak: paint.warn('!'), notice: paint.dim('·') }[severity]
  return cases
    .map(({ says, hint }) =>
      [
        `  ${mark} ${says} ${paint.dim(`(${code}, for ${describeDuration(since(new Date(from), now))})`)}`,
        ...(hint === null ? [] : [`    ${paint.warn('hint:')} ${hint}`]),
      ].join('\n'),
    )
    .join('\n')
}

function sayAddress(address: AddressStatus): string {
  if (address.is === 'known') return address.address
  return address.is === 'absent' ? 'none' : `not known (${address.because})`
}

function sayCertificate({ certificate }: KeeperStatus, now: Date): string {
  if (!certificate) return 'none'
  const end = new Date(certificate.notAfter)
  const left = since(now, end)
  return left < 0 ? `ended ${ago(certificate.notAfter, now)}` : `ends in ${describeDuration(left)}`
}

function sayGateway({ gateway }: KeeperStatus): string {
  if (!gateway) return 'not in this process'
  const refused = Object.entries(gateway.refused).filter(([, count]) => count > 0)
  const total = refused.reduce((sum, [, count]) => sum + count, 0)
  const reasons = refused.map(([reason, count]) => `${reason} ${count}`).join(', ')
  return `${countOf(gateway.connections, 'connection')}, ${countOf(gateway.requests, 'request')}; ${total} refused${reasons && ` (${reasons})`}`
}

function saySafeguard({ lastLook, nextLook, failures }: SafeguardStatus, now: Date): string[] {
  if (lastLook === null) return ['not looked at yet', '']
  const words = {
    'as-wished': 'as wished',
    'put-back': 'put back',
    differs: 'differs',
    reported: 'differs, only reported',
    failed: `could not look${failures > 1 ? `, ${failures} times in a row` : ''}`,
  }[lastLook.outcome]
  const next = nextLook === null ? '' : `, again ${ahead(nextLook, now)}`
  return [words, `${ago(lastLook.at, now)}${next}`]
}

const ago = (iso: string, now: Date): string => `${describeDuration(since(new Date(iso), now))} ago`

const ahead = (iso: string, now: Date): string => {
  const left = since(now, new Date(iso))
  return left <= 0 ? 'now' : `in ${describeDuration(left)}`
}

function table(rows: readonly (readonly string[])[], paint: Paint): string {
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows
    .map(([name = '', second = '', third = '']) =>
      `  ${paint.dim(name.padEnd(widths[0] ?? 0))}  ${second.padEnd(third === '' ? 0 : (widths[1] ?? 0))}  ${paint.dim(third)}`.trimEnd(),
    )
    .join('\n')
}
