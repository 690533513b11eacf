import { runPermissions, setupPermissions, tokenUrl } from '../adapters/cloudflare/token-url.ts'
import type { TokenReport } from '../adapters/cloudflare/token-check.ts'
import { exit, type Context, type ExitCode } from './context.ts'
import type { Paint } from './paint.ts'

/** `gatehouse token url`: needs no configuration, since it is what one begins with. */
export function tokenUrlCommand(
  { terminal, json, paint }: Context,
  { setup }: { readonly setup: boolean },
): Promise<ExitCode> {
  const permissions = setup ? setupPermissions : runPermissions
  const url = tokenUrl(permissions, setup ? 'Gatehouse (setup)' : 'Gatehouse')
  if (json) terminal.out(JSON.stringify({ url, permissions }, null, 2))
  else {
    terminal.out(url)
    terminal.err(
      paint.dim(
        'on that page, under Zone Resources, pick "Specific zone" and your domain: the link cannot do that',
      ),
    )
    if (setup)
      terminal.err(
        paint.dim(
          'delete this token at Cloudflare after `gatehouse apply`; for `run` make the narrow one without --setup',
        ),
      )
  }
  return Promise.resolve(exit.ok)
}

/** `gatehouse token check`: exit 2 when the token lacks something or can do too much. */
export async function tokenCheckCommand(context: Context): Promise<ExitCode> {
  const { terminal, paint, json, signal } = context
  const home = context.home(await context.settings())
  try {
    terminal.progress('asking Cloudflare what the token may do …')
    const zone = await home.cloud.zone(signal)
    const report = await home.reportToken(signal)
    terminal.progressEnds()
    terminal.out(
      json
        ? JSON.stringify({ zone: zone.name, ...report }, null, 2)
        : sayReport(zone.name, report, paint),
    )
    return isNarrow(report) ? exit.ok : exit.differs
  } finally {
    home.close()
  }
}

const isNarrow = ({ status, abilities, otherZones }: TokenReport): boolean =>
  status === 'active' &&
  (otherZones ?? []).length === 0 &&
  abilities.every(({ wanted, can }) => (wanted === 'needed' ? can !== 'no' : can !== 'yes'))

const words = {
  needed: { yes: 'can', no: 'cannot, and needs to', unknown: 'not known' },
  'too much': { yes: 'can, and should not', no: 'cannot, as it should be', unknown: 'not known' },
} as const

function sayReport(
  zone: string,
  { kind, status, abilities, otherZones }: TokenReport,
  paint: Paint,
): string {
  const width = Math.max(...abilities.map(({ permission }) => permission.length))
  const lines = abilities.map(({ permission, can, wanted, why }) => {
    const good = can === (wanted === 'needed' ? 'yes' : 'no')
    const mark = can === 'unknown' ? paint.warn('?') : good ? paint.good('✓') : paint.bad('✗')
    return `  ${mark} ${permission.padEnd(width)}  ${words[wanted][can]}: ${why}`
  })
  const others =
    otherZones === undefined
      ? []
      : otherZones.length === 0
        ? [`  ${paint.good('✓')} reaches no zone but ${zone}`]
        : [
            `  ${paint.bad('✗')} also reaches ${otherZones.join(', ')}: narrow it to "Specific zone" ${zone}`,
          ]
  return [
    `${kind === 'unknown' ? 'the' : kind} token is ${status === 'active' ? paint.good(status) : paint.bad(status)}`,
    ...others,
    ...lines,
  ].join('\n')
}
